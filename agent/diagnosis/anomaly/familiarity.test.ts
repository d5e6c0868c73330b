import { describe, expect, it } from 'vitest';
import { Past } from './familiarity.ts';
import { noise, series } from './series.test-data.ts';

const reaches = { short: 2, long: 5, nearest: 4, farthest: 40 };

/** The definition, without memory of its own: every lag's leaky sum from the first pair on. */
function leastByDefinition(values: readonly number[], reach: number): { distance: number; lag: number } {
  const last = values.length - 1;
  let least = { distance: Number.POSITIVE_INFINITY, lag: 0 };
  for (let lag = reaches.nearest; lag <= Math.min(last, reaches.farthest - 1); lag += 1) {
    let sum = 0;
    for (let at = lag; at <= last; at += 1) sum = (1 - 1 / reach) * sum + ((values[at] ?? 0) - (values[at - lag] ?? 0)) ** 2;
    if (Math.sqrt(sum) < least.distance) least = { distance: Math.sqrt(sum), lag };
  }
  return least;
}

describe('familiarity', () => {
  it('is what its definition says, also when the memory has gone round several times', () => {
    const past = new Past(reaches);
    const values = series(150, noise);
    for (const [at, value] of values.entries()) {
      const found = past.add(value);
      if (at < 2 * reaches.nearest) {
        expect(found).toBeUndefined();
        continue;
      }
      const known = values.slice(0, at + 1);
      expect(found?.short).toBeCloseTo(leastByDefinition(known, reaches.short).distance, 9);
      const { distance, lag } = leastByDefinition(known, reaches.long);
      expect(found?.long).toBeCloseTo(distance, 9);
      expect(past.forecast).toBe(values[at + 1 - lag]);
    }
  });

  it('does not let a stretch resemble itself', () => {
    const past = new Past(reaches);
    const distances = [...series(60, (i) => i % 2), 50, 50, 50, 50, 50, 50, 50].map((value) => past.add(value)?.short ?? 0).slice(-7);
    expect(distances.slice(0, 4).every((distance) => distance > 40)).toBe(true);
    expect(distances.at(-1)).toBeLessThan(25);
  });

  it('knows no forecast before it knows a stretch', () => {
    expect(new Past(reaches).forecast).toBeUndefined();
  });
});
