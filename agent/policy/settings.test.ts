import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { policySettingsSchema } from './settings.ts';

it('is what its page for editors says: words, defaults and bounds', () => {
  const { flags, ...page } = JSON.parse(readFileSync('docs/policy.schema.json', 'utf8')).properties;
  expect(flags).toBeDefined();
  expect(JSON.parse(JSON.stringify(z.toJSONSchema(policySettingsSchema, { io: 'input' }).properties))).toEqual(page);
});

it('allows nothing by itself, and lowers no threshold by naming another action', () => {
  const settings = policySettingsSchema.parse({ confidence: { byAction: { 'stop-task': 0.9 } } });
  expect(settings.autonomy).toEqual({ default: 'observe', byAction: {} });
  expect(settings.earning).toEqual({ on: false, start: 'observe', successes: 3 });
  expect(settings.confidence.byAction).toMatchObject({ 'stop-task': 0.9, 'force-new-deployment': 0.75, 'scale-service': 0.75 });
  expect(policySettingsSchema.parse({ confidence: { byAction: { 'scale-service': 0.5 } } }).confidence.byAction).toMatchObject({
    'scale-service': 0.5,
  });
});

describe('refuses', () => {
  it.each<[string, object, RegExp]>([
    ['a time of day that is none', { freezeWindows: [{ days: [1], from: '24:00', to: '23:59' }] }, /HH:MM, UTC/],
    ['a time of day with more after it', { freezeWindows: [{ days: [1], from: '12:000', to: '23:59' }] }, /HH:MM, UTC/],
    ['a time of day with more before it', { freezeWindows: [{ days: [1], from: '112:00', to: '23:59' }] }, /HH:MM, UTC/],
    ['an eighth day', { freezeWindows: [{ days: [7], from: '00:00', to: '23:59' }] }, /days/],
    ['a window on no day', { freezeWindows: [{ days: [], from: '00:00', to: '23:59' }] }, /days/],
    ['a protected service that is no name', { protectedServices: ['pay ment'] }, /cluster\/service/],
    ['a protected service that is a path', { protectedServices: ['shop/payment/1'] }, /cluster\/service/],
    ['no required source', { requiredSources: [] }, /requiredSources/],
    ['a negative number of sources', { independentSources: -1 }, /independentSources/],
    ['a threshold that is no share', { confidence: { default: 1.1 } }, /confidence/],
    ['a setting nobody knows', { cooldown: 1 }, /cooldown/],
  ])('%s', (_, settings, fault) => {
    const parsed = policySettingsSchema.safeParse(settings);
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toMatch(fault);
  });

  it('nothing that is right', () => {
    const right = {
      freezeWindows: [{ days: [0, 6], from: '00:00', to: '19:59' }],
      protectedServices: ['a-b_*', 'shop/*'],
      independentSources: 0,
    };
    expect(policySettingsSchema.safeParse(right).success).toBe(true);
  });
});
