import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareWindows } from './compare-windows.ts';

const window = (seconds: number, ...counts: [number, number][]) => ({ seconds, counts: new Map(counts) });

describe('comparing two windows', () => {
  it('names what appeared, and how surprising that is', () => {
    const [shift] = compareWindows(window(900, [1, 90]), window(100, [1, 10], [2, 3]));
    expect(shift).toMatchObject({ id: 2, kind: 'appeared', baseline: 0, recent: 3, expected: 0, ratio: Number.POSITIVE_INFINITY });
    expect(shift?.surprise).toBeCloseTo(3, 9);
    expect(shift?.evidence).toBe('appeared: 3 times in the 100 s since, never in the 15 min before; by chance less than 1 in 1,000');
  });

  it('does not call vanished what was not due', () => {
    expect(compareWindows(window(3_600, [1, 30]), window(300))).toEqual([]);
    const [shift] = compareWindows(window(3_600, [1, 120]), window(300));
    expect(shift).toMatchObject({ kind: 'vanished', baseline: 120, recent: 0, expected: 10, ratio: 0 });
    expect(shift?.evidence).toContain('vanished: not once in the 300 s since, 120 times in the 60 min before, so 10 were due');
  });

  it('names what rose and fell, the most surprising first, and is silent about the rest', () => {
    const shifts = compareWindows(window(600, [1, 60], [2, 600], [3, 100], [4, 6]), window(600, [1, 200], [2, 100], [3, 130], [4, 14]));
    expect(shifts.map(({ id, kind }) => [id, kind])).toEqual([
      [2, 'fallen'],
      [1, 'risen'],
    ]);
    expect(shifts[1]).toMatchObject({ expected: 60, ratio: 200 / 60 });
  });

  it('finds less news in what comes in bursts', () => {
    const baseline = window(600, [1, 60]);
    const recent = window(600, [1, 130]);
    expect(compareWindows(baseline, recent)).toHaveLength(1);
    expect(compareWindows({ ...baseline, dispersion: new Map([[1, 10]]) }, recent)).toEqual([]);
  });

  it.each([0, -1, Number.NaN])('says nothing of a window of %d seconds', (seconds) => {
    expect(compareWindows(window(seconds), window(60, [1, 5]))).toEqual([]);
    expect(compareWindows(window(60, [1, 5]), window(seconds))).toEqual([]);
  });

  it('is silent when the pace stays, and never more sure of less', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 50 }), (count, times) => {
        expect(compareWindows(window(60 * times, [1, count * times]), window(60, [1, count]))).toEqual([]);
        const surprise = (seen: number) => compareWindows(window(60, [1, seen]), window(60), { minSurprise: 0 })[0]?.surprise ?? 0;
        expect(surprise(count + 1)).toBeGreaterThan(surprise(count));
      }),
    );
  });

  it('bounds the chance from above', () => {
    // The true tail of the binomial, summed term by term.
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 10, max: 600 }),
        (before, since, seconds) => {
          const [shift] = compareWindows(window(300, [1, before]), window(seconds, [1, since]), { minSurprise: 0, minRatio: 1 });
          if (shift === undefined) return;
          const share = seconds / (seconds + 300);
          const total = before + since;
          const tail = since >= total * share ? (k: number) => k >= since : (k: number) => k <= since;
          let term = (1 - share) ** total;
          let chance = 0;
          for (let k = 0; k <= total; k += 1) {
            if (tail(k)) chance += term;
            term *= ((total - k) / (k + 1)) * (share / (1 - share));
          }
          expect(chance).toBeLessThanOrEqual(10 ** -shift.surprise * (1 + 1e-6));
        },
      ),
    );
  });
});
