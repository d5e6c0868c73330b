import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drift, median, quantile, robustDeviation, robustDistance } from './robust.ts';

const some = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 60 });

describe('robust statistics', () => {
  it('finds the middle and the quarters', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
    expect(median([])).toBeNaN();
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('is not moved by a wild minority', () => {
    const calm = [9, 10, 10, 11, 9, 10, 11, 10];
    const wild = [...calm, 1e9, -1e9];
    expect(median(wild)).toBe(10);
    expect(robustDeviation(wild)).toBeLessThan(3);
  });

  it('does not change what it is given', () => {
    const values = Object.freeze([3, 1, 2]);
    expect(median(values)).toBe(2);
    expect(quantile(values, 0.9)).toBeCloseTo(2.8, 9);
  });

  it('scales and shifts with the data', () => {
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 50 }), fc.integer({ min: -500, max: 500 }), (values, scale, offset) => {
        const moved = values.map((value) => value * scale + offset);
        expect(median(moved)).toBeCloseTo(median(values) * scale + offset, 6);
        expect(robustDeviation(moved)).toBeCloseTo(robustDeviation(values) * scale, 6);
      }),
    );
  });

  it('does not care for the order', () => {
    fc.assert(
      fc.property(some, (values) => {
        expect(robustDeviation([...values].reverse())).toBe(robustDeviation(values));
      }),
    );
  });

  it('measures distance in deviations, and believes in none smaller than told', () => {
    const past = [9, 10, 11, 10, 9, 11, 10];
    expect(robustDistance(20, past)).toBeCloseTo(10 / 1.4826, 6);
    expect(robustDistance(0, past)).toBeLessThan(-6);
    expect(robustDistance(20, past, 10)).toBe(1);
    expect(robustDistance(5, [5, 5, 5])).toBe(0);
    expect(robustDistance(6, [5, 5, 5])).toBe(Number.POSITIVE_INFINITY);
    expect(robustDistance(6, [])).toBe(0);
  });
});

describe('drift', () => {
  const times = Array.from({ length: 300 }, (_, at) => at * 60);

  it.each([20, 300])('finds the slope of a line of %i points through wild ones', (size) => {
    const t = times.slice(0, size);
    const values = t.map((time, at) => 5 + 0.25 * time + (at % 5 === 2 ? 10_000 : 0));
    expect(drift(t, values).slope).toBeCloseTo(0.25, 6);
    expect(drift(t, values).level).toBeCloseTo(5, 6);
  });

  it('is level for one point, for none, and for equal times', () => {
    expect(drift([5], [7])).toEqual({ slope: 0, level: 7 });
    expect(drift([], []).slope).toBe(0);
    expect(drift([5, 5], [1, 9]).slope).toBe(0);
  });
});
