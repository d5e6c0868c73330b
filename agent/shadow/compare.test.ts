import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Applied } from '../domain/plan.ts';
import type { Recovery } from '../verification/sample.ts';
import { compare, type Seen } from './compare.ts';

function seen(applied: Applied, result: Recovery, over: Partial<Seen> = {}): Seen {
  return {
    effect: { applied, detail: 'a new deployment' },
    recovery: { result, reasons: ['Good.'] },
    changedByUs: false,
    isOver: false,
    ...over,
  };
}

it.each([
  ['agreed', 'yes', 'recovered'],
  ['not-needed', 'no', 'recovered'],
] as const)('is %s as soon as the service came back: effect %s', (result, applied, recovery) => {
  expect(compare(seen(applied, recovery))).toEqual({ result, detail: expect.stringContaining('a new deployment; recovered: Good.') });
});

it.each(['pending', 'not-recovered', 'unproven', 'harmed'] as const)('waits while the service is %s', (recovery) => {
  for (const applied of ['yes', 'no', 'unknown'] as const) expect(compare(seen(applied, recovery))).toBeNull();
});

it('waits while nobody knows whether somebody did the same', () => {
  expect(compare(seen('unknown', 'recovered'))).toBeNull();
  expect(compare(seen('unknown', 'recovered', { isOver: true }))?.result).toBe('not-known');
});

it('counts against the plan that the same was done and did not help, only when the service is plainly not well', () => {
  expect(compare(seen('yes', 'not-recovered', { isOver: true }))?.result).toBe('no-help');
  for (const recovery of ['pending', 'unproven', 'harmed'] as const) {
    expect(compare(seen('yes', recovery, { isOver: true }))?.result).toBe('not-known');
  }
  expect(compare(seen('no', 'not-recovered', { isOver: true }))?.result).toBe('not-known');
});

it('claims nothing once the agent changed the service itself', () => {
  expect(compare(seen('yes', 'recovered', { changedByUs: true }))?.result).toBe('not-known');
});

it('always ends once it is over, and never agrees without effect and recovery', () => {
  const any = fc.record({
    applied: fc.constantFrom<Applied[]>('yes', 'no', 'unknown'),
    result: fc.constantFrom<Recovery[]>('recovered', 'not-recovered', 'harmed', 'unproven', 'pending'),
    changedByUs: fc.boolean(),
  });
  fc.assert(
    fc.property(any, ({ applied, result, changedByUs }) => {
      const answer = compare(seen(applied, result, { changedByUs, isOver: true }));
      expect(answer).not.toBeNull();
      if (answer?.result === 'agreed') expect([applied, result, changedByUs]).toEqual(['yes', 'recovered', false]);
    }),
  );
});
