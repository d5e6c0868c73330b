import { expect, it } from 'vitest';
import { settingsWith } from '../testing/policy-request.ts';
import { lookBackSeconds } from './look-back.ts';

const day = 86_400;
const week = 7 * day;
const short = settingsWith({
  cooldownSeconds: 1,
  targetBudget: { changes: 1, perSeconds: 1 },
  actionBudget: { changes: 1, perSeconds: 1 },
  clusterBudget: { changes: 1, perSeconds: 1 },
  fleetBudget: { changes: 1, perSeconds: 1 },
  breaker: { failures: 1, perSeconds: 1, openSeconds: 1 },
});

it.each([
  ['the cooldown', { cooldownSeconds: week }, week],
  ['the budget of a target', { targetBudget: { changes: 1, perSeconds: week } }, week],
  ['the budget of an action', { actionBudget: { changes: 1, perSeconds: week } }, week],
  ['the budget of a cluster', { clusterBudget: { changes: 1, perSeconds: week } }, week],
  ['the budget of the fleet', { fleetBudget: { changes: 1, perSeconds: week } }, week],
  ['the breaker, while it counts and while it is open', { breaker: { failures: 1, perSeconds: week, openSeconds: day } }, week + day],
])('reaches as far back as %s, and a day more', (_, longest, seconds) => {
  expect(lookBackSeconds({ ...short, ...longest })).toBe(day + seconds);
});

it('is a day without a policy', () => {
  expect(lookBackSeconds({ fault: 'it is gone.' })).toBe(day);
});
