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

describe('of approvers', () => {
  const person = { slack: 'U024BE7LH' };
  const told = (approval: object) =>
    policySettingsSchema.safeParse({ approval }).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

  it.each<[string, object, string]>([
    [
      'a group that takes the word for everybody',
      { groups: { anyone: ['ann'] } },
      'approval.groups.anyone: "anyone" means everybody and is no name for a group',
    ],
    ['a group nobody defined', { approvers: ['on-call'] }, 'approval.approvers: "on-call" is no group; the groups are (none)'],
    [
      'a group nobody defined, for an action',
      { groups: { a: ['ann'], b: ['bob'] }, byAction: { 'stop-task': ['c'] } },
      'approval.byAction.stop-task: "c" is no group; the groups are a, b',
    ],
    [
      'a group nobody defined, for a service',
      { groups: { a: ['ann'] }, byService: { cart: ['a', 'c'] } },
      'approval.byService.cart: "c" is no group; the groups are a',
    ],
    [
      'two people with one Slack id',
      { people: { ann: person, bob: person } },
      'approval.people.bob.slack: bob and ann have the same: an answer must name one person',
    ],
    [
      'two people whose names cannot be told apart',
      { people: { 'Ann Lee': {}, 'ann  lee': {} } },
      'approval.people.Ann Lee: Ann Lee and ann  lee cannot be told apart',
    ],
  ])('refuses %s', (_, approval, fault) => {
    expect(told(approval)).toContain(fault);
  });

  it.each<[string, object]>([
    ['a group whose name begins with something else', { groups: { '-a': ['ann'] } }],
    ['a group whose name ends with something else', { groups: { 'a!': ['ann'] } }],
    ['a Slack id with something before it', { people: { ann: { slack: 'xU024BE7LH' } } }],
    ['a Slack id with something after it', { people: { ann: { slack: 'U024BE7LH!' } } }],
    ['a hash with something before it', { people: { ann: { tokenSha256: `x${'0'.repeat(64)}` } } }],
    ['a hash with something after it', { people: { ann: { tokenSha256: `${'0'.repeat(64)}x` } } }],
    ['no group for an action', { byAction: { 'stop-task': [] } }],
    ['no group for a service', { byService: { cart: [] } }],
    ['a group of nobody', { groups: { a: [] } }],
  ])('refuses %s', (_, approval) => {
    expect(told(approval)).toHaveLength(1);
  });

  it('takes people without Slack and without a token of their own, and groups that are defined', () => {
    const approval = {
      people: { ann: {}, bob: {}, eve: { slack: 'W123', tokenSha256: '0'.repeat(64) } },
      groups: { 'on-call': ['ann', 'bob'], payments: ['eve'] },
      approvers: ['on-call'],
      byAction: { 'stop-task': ['on-call', 'payments'] },
      byService: { 'shop/payment': ['payments', 'anyone'] },
    };
    expect(told(approval)).toEqual([]);
  });
});
