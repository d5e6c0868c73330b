import { describe, expect, it } from 'vitest';
import type { Action } from '../action/action.ts';
import type { Outcome } from '../domain/plan.ts';
import { planOf } from '../testing/plan.ts';
import { creditOf } from './postcondition.ts';

const plan = planOf();
const made: Outcome = { applied: 'yes', detail: 'done' };
const signal = new AbortController().signal;

function credit(look: () => Promise<Outcome>, result: Parameters<typeof creditOf>[2] = 'recovered', outcome: Outcome | null = made) {
  const catalog = [{ id: plan.action, look }] as unknown as Action[];
  const deps = { catalog, logger: { error: () => undefined } } as unknown as Parameters<typeof creditOf>[0];
  return creditOf(deps, { plan, outcome }, result, signal);
}
const inPlace = async (): Promise<Outcome> => made;

describe('a recovery', () => {
  it('is credited to the change that was made and still is as it was made', async () => {
    expect(await credit(inPlace)).toEqual({ result: 'recovered', reason: null });
  });

  it.each<[string, () => ReturnType<typeof credit>, RegExp]>([
    ['nobody knows to have been made', () => credit(inPlace, 'recovered', { applied: 'unknown', detail: '' }), /nobody knows/],
    ['has no outcome', () => credit(inPlace, 'recovered', null), /nobody knows/],
    [
      'somebody changed once more',
      () => credit(async () => ({ applied: 'no', detail: 'ecs-svc/9 runs checkout:9' })),
      /not in place.*checkout:9/,
    ],
    ['cannot be told to be in place', () => credit(async () => ({ applied: 'unknown', detail: 'no answer' })), /not in place.*no answer/],
    ['cannot be looked at', () => credit(() => Promise.reject(new Error('ECS is away'))), /could not be read/],
  ])('proves nothing of a change that %s', async (_, ask, words) => {
    expect(await ask()).toEqual({ result: 'unproven', reason: expect.stringMatching(words) });
  });
});

it.each(['not-recovered', 'harmed', 'unproven'] as const)('%s stays what it is, and nobody looks', async (result) => {
  const never = () => Promise.reject(new Error('it was looked at'));
  expect(await credit(never, result)).toEqual({ result, reason: null });
});
