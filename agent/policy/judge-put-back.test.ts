import { expect, it } from 'vitest';
import { ago, change, now, requestWith, settingsWith } from '../testing/policy-request.ts';
import type { Experience } from './earned/experience.ts';
import { judgePutBack, type PutBackRequest } from './judge-put-back.ts';
import type { PolicySettings } from './request.ts';

const { plan, knownServices } = requestWith();
const target = 'ecs:shop/catalog';
const asked: PutBackRequest = {
  now,
  incidentId: 'incident-1',
  plan,
  killSwitch: false,
  knownServices,
  changes: [change({ target, incidentId: 'incident-1', verified: 'recovered' })],
  troubledServices: ['cart'],
  record: [],
};
const order = (level: 'observe' | 'suggest' | 'approve'): Experience => ({
  kind: 'order',
  at: ago(60),
  level,
  by: 'ann',
  reason: 'by hand',
});
const earning = { on: true, start: 'observe', successes: 3 } as const;
const levelled = (level: PolicySettings['autonomy']['default']) => settingsWith({ autonomy: { default: level, byAction: {} } });

it.each<[string, Partial<PutBackRequest>, PolicySettings?]>([
  ['everything is quiet', {}],
  ['the change itself needed approval', {}, levelled('approve')],
  [
    'the action has lost its autonomy since',
    { record: [{ kind: 'change', incidentId: 'x', at: ago(9), verified: 'harmed', againAt: null }] },
  ],
  ['nothing was earned', {}, settingsWith({ earning })],
  ['an operator has set it to approve', { record: [order('approve')] }],
])('may be put back when %s', (_, over, settings = settingsWith()) => {
  expect(judgePutBack({ ...asked, ...over }, settings)).toBeNull();
});

it.each<[string, string, Partial<PutBackRequest>, PolicySettings?]>([
  ['kill-switch', 'the kill switch is on', { killSwitch: true }],
  ['kill-switch', 'the kill switch cannot be read', { killSwitch: null }],
  ['feature-flag', 'the action is switched off', {}, settingsWith({ flags: {} })],
  ['known-target', 'the service is gone', { knownServices: ['cart'] }],
  ['known-target', 'the inventory cannot be read', { knownServices: null }],
  ['protected-target', 'the service is protected', {}, settingsWith({ protectedServices: ['catalog'] })],
  [
    'freeze-window',
    'changes are frozen',
    {},
    settingsWith({ freezeWindows: [{ days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '23:59' }] }),
  ],
  ['change-in-flight', 'another change is on its way', { changes: [change({ target, finished: false, incidentId: 'other' })] }],
  ['change-in-flight', 'the changes cannot be read', { changes: null }],
  ['change-in-flight', 'an incident about the service is open', { troubledServices: ['catalog'] }],
  ['change-in-flight', 'the incidents cannot be read', { troubledServices: null }],
  ['autonomy', 'the policy says observe', {}, levelled('observe')],
  ['autonomy', 'the policy says suggest', {}, levelled('suggest')],
  ['autonomy', 'an operator has set it to observe', { record: [order('observe')] }],
  ['autonomy', 'an operator has set it to suggest', { record: [order('suggest')] }],
  ['autonomy', 'the record cannot be read', { record: null }],
])('is held by %s when %s', (gate, _, over, settings = settingsWith()) => {
  expect(judgePutBack({ ...asked, ...over }, settings)).toEqual({ gate, decision: 'deny', reason: expect.stringMatching(/^\S.{8,}\.$/) });
});

it('is held while there is no policy', () => {
  expect(judgePutBack(asked, { fault: 'line 3 is wrong.' })).toMatchObject({ gate: 'policy-file', decision: 'deny' });
});

it('says who holds it', () => {
  expect(judgePutBack({ ...asked, record: [order('observe')] }, settingsWith())?.reason).toBe(
    'stop-task is at the level observe (ann set it to observe: by hand): nothing is changed.',
  );
});
