import { expect, it } from 'vitest';
import { ago, now, requestWith, settingsWith } from '../../testing/policy-request.ts';
import type { Experience, MadeChange } from '../earned/experience.ts';
import { autonomy } from './autonomy.ts';

const earning = { on: true, start: 'observe', successes: 3 } as const;
const on = settingsWith({ earning });
const made = (secondsAgo: number, verified: MadeChange['verified']): MadeChange => ({
  kind: 'change',
  incidentId: `incident-${secondsAgo}`,
  at: ago(secondsAgo),
  verified,
  againAt: null,
});
const order = (level: 'observe' | 'suggest' | 'approve' | 'auto'): Experience => ({
  kind: 'order',
  at: now,
  level,
  by: 'ann',
  reason: 'tried by hand',
});
const judged = (record: readonly Experience[] | null, settings = on, over = {}) =>
  autonomy.judge(requestWith({ record, ...over }), settings);

it('denies while nothing was earned, asks at approve and passes at auto, and says what that rests on', () => {
  expect(judged([])).toEqual({
    decision: 'deny',
    reason:
      'stop-task is at the level observe on ecs:shop/catalog (nothing is known of it on this service; ' +
      '0 of 3 good experiences in a row lead further): it is recorded what would be done.',
  });
  expect(judged([order('approve')])).toMatchObject({
    decision: 'ask',
    reason: expect.stringContaining('ann set it to approve: tried by hand'),
  });
  const proven = [made(300, 'recovered'), made(200, 'recovered'), made(100, 'recovered')];
  expect(judged(proven, settingsWith({ earning: { ...earning, start: 'approve' } })).decision).toBe('pass');
});

it('denies after one harm, whatever was earned or ordered before it', () => {
  const harm = made(0, 'harmed');
  expect(judged([{ ...order('auto'), at: ago(10) }, made(5, 'recovered'), harm])).toMatchObject({
    decision: 'deny',
    reason: expect.stringContaining('it did harm in incident incident-0'),
  });
});

it('never goes beyond what the policy allows', () => {
  const approve = settingsWith({ earning, autonomy: { default: 'observe', byAction: { 'stop-task': 'approve' } } });
  expect(judged([order('auto')], approve)).toMatchObject({ decision: 'ask', reason: expect.stringContaining('the policy allows no more') });
});

it('denies when the record could not be read, also with earning off', () => {
  expect(judged(null).decision).toBe('deny');
  expect(judged(null, settingsWith()).decision).toBe('deny');
});

it('with earning off goes by the policy, and by an order that lowers it', () => {
  expect(judged([made(1, 'harmed')], settingsWith()).decision).toBe('pass');
  expect(judged([order('suggest')], settingsWith()).decision).toBe('deny');
});

it('asks for an action that always needs a person, however much was earned', () => {
  expect(judged([order('auto')], on, { needsApproval: 'it cannot be undone' })).toMatchObject({ decision: 'ask' });
});

it('earns nothing for what only tells somebody: the policy’s level holds', () => {
  expect(judged([], on, { purpose: 'tell' }).decision).toBe('pass');
});
