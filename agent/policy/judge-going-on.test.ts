import { expect, it } from 'vitest';
import { requestWith, settingsWith } from '../testing/policy-request.ts';
import type { Experience } from './earned/experience.ts';
import { judgeGoingOn } from './judge-going-on.ts';

const { now, plan } = requestWith();
const always = [{ days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '00:00' }];
const begun = { now, plan, purpose: 'mend' as const, record: [] as Experience[] };
const observe = { default: 'observe' as const, byAction: {} };

it('lets a change go on under the policy it was begun under', () => {
  expect(judgeGoingOn(begun, settingsWith())).toBeNull();
  expect(judgeGoingOn(begun, settingsWith({ autonomy: { default: 'approve', byAction: {} } }))).toBeNull();
});

it.each([
  ['its flag is turned off', settingsWith({ flags: {} }), 'feature-flag'],
  ['its service is protected', settingsWith({ protectedServices: ['catalog'] }), 'protected-target'],
  ['a freeze has begun', settingsWith({ freezeWindows: always }), 'freeze-window'],
  ['its action may only watch', settingsWith({ autonomy: observe }), 'autonomy'],
  ['the policy cannot be read', { fault: 'it is gone.' }, 'policy-file'],
])('stops it when %s', (_, policy, gate) => {
  expect(judgeGoingOn(begun, policy)).toMatchObject({ gate, decision: 'deny', reason: expect.stringMatching(/\.$/) });
});

it('stops it when the orders of operators cannot be read', () => {
  expect(judgeGoingOn({ ...begun, record: null }, settingsWith())).toMatchObject({ gate: 'autonomy', decision: 'deny' });
});

it('does not keep somebody from being told about a protected service', () => {
  expect(judgeGoingOn({ ...begun, purpose: 'tell' }, settingsWith({ protectedServices: ['catalog'] }))).toBeNull();
});
