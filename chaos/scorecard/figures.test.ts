import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percent, share, timesOf } from './figures.ts';

describe('times', () => {
  it('count what never happened as later than everything that did', () => {
    expect(timesOf([10, 20, null])).toEqual({ runs: 3, never: 1, median: 20, p90: null });
    expect(timesOf([10, null, null])).toEqual({ runs: 3, never: 2, median: null, p90: null });
    expect(timesOf([10, 20])).toEqual({ runs: 2, never: 0, median: 15, p90: 20 });
    expect(timesOf([10, null])).toMatchObject({ median: null });
    expect(timesOf([])).toEqual({ runs: 0, never: 0, median: null, p90: null });
  });

  it('never get better by a failure', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1 }), (values) => {
        const [without, withOne] = [timesOf(values), timesOf([...values, null])];
        for (const name of ['median', 'p90'] as const) {
          expect(withOne[name] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(without[name] ?? Number.POSITIVE_INFINITY);
        }
      }),
    );
  });
});

it('rounds no share up to a whole it is not, and knows none of nothing', () => {
  expect(percent(0.9999)).toBe('99.9 %');
  expect(percent(1)).toBe('100 %');
  expect(share(0, 0)).toBeNull();
});
