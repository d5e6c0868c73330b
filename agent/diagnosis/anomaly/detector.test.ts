import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDetector, type DetectorSettings, type Observation } from './detector.ts';
import { daily, noise, series } from './series.test-data.ts';

const integers = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 120, maxLength: 400 });
const runs = { numRuns: 40 };

function watch(values: readonly (number | null)[], settings: Partial<DetectorSettings> = {}): Observation[] {
  const detector = createDetector(settings);
  return values.map((value, at) => detector.next(at * 60, value));
}

function alarms(values: readonly (number | null)[], settings: Partial<DetectorSettings> = {}): number[] {
  return watch(values, settings).flatMap(({ isAnomaly }, at) => (isAnomaly ? [at] : []));
}

describe('what the detector finds', () => {
  const size = 1500;
  const at = 1000;

  it.each([
    ['a spike', (i: number) => (i === at ? 30 : 0)],
    ['a dip', (i: number) => (i === at ? -30 : 0)],
    ['a new level', (i: number) => (i >= at ? 12 : 0)],
  ])('opens one event at %s, at once', (_, change) => {
    const values = series(size, (i) => 100 + 2 * noise(i) + change(i));
    const found = alarms(values).filter((i) => i >= at && i < at + 300);
    expect(found[0]).toBe(at);
    expect(found).toHaveLength(1);
  });

  it('opens an event soon after the variance grew', () => {
    const values = series(size, (i) => 100 + (i >= at ? 8 : 2) * noise(i));
    const first = alarms(values).find((i) => i >= at);
    expect(first).toBeLessThan(at + 24);
  });

  it('says standstill when values that always moved hang', () => {
    const values = series(size, (i) => (i >= at && i < at + 60 ? 100 : 100 + 2 * noise(i)));
    const seen = watch(values).slice(at, at + 60);
    expect(seen.find(({ isAnomaly }) => isAnomaly)?.reason).toBe('standstill');
  });

  it('finds a value that is usual at another time of day', () => {
    const values = series(size, (i) => daily(i) + 0.5 * noise(i) + (i === at ? -daily(at) + daily(at + 72) : 0));
    expect(Math.max(...values)).toBeLessThan(75);
    expect(alarms(values)).toContain(at);
  });

  it('finds a pattern that stops', () => {
    const values = series(size, (i) => (i < at && i % 20 < 2 ? 500 : 100) + noise(i));
    const found = alarms(values).find((i) => i >= at);
    expect(found).toBeLessThan(at + 40);
  });

  it('is silent about bursts it has seen often', () => {
    const values = series(3000, (i) => (i % 288 < 3 ? 400 : 10) + noise(i));
    expect(alarms(values).filter((i) => i > 1200)).toEqual([]);
  });

  it('forecasts what followed the like before', () => {
    const values = series(size, daily);
    const { expected } = watch(values).at(-1) ?? {};
    expect(expected).toBeCloseTo(daily(size - 1), 6);
  });
});

describe('false alarms', () => {
  it('are few on noise of any kind', () => {
    const kinds: ((i: number) => number)[] = [
      noise,
      (i) => Math.exp(noise(i)),
      (i) => Math.round(noise(i)),
      (i) => noise(i) / (0.2 + Math.abs(noise(i + 7919))),
      (i) => i * 0.01 + noise(i),
    ];
    const found = kinds.flatMap((kind) => [0, 10_000, 20_000, 30_000].map((from) => alarms(series(2000, (i) => kind(from + i))).length));
    const mean = found.reduce((sum, count) => sum + count, 0) / found.length;
    expect(mean).toBeLessThan(2);
  });

  it('are few in a short past, too', () => {
    const found = series(60, (from) => alarms(series(200, (i) => noise(1000 * from + i))).length);
    expect(found.reduce((sum, count) => sum + count, 0) / found.length).toBeLessThan(0.3);
  });

  it('are none where nothing moves', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }), (level) => {
        const seen = watch(new Array(500).fill(level));
        expect(seen.every(({ isAnomaly, score }) => !isAnomaly && score === 0)).toBe(true);
      }),
      runs,
    );
  });

  it('are none before there is a past', () => {
    expect(alarms([1, 2, 1, 900, 1, 2])).toEqual([]);
    expect(watch([1, 900]).map(({ reason }) => reason)).toEqual(['short-past', 'short-past']);
  });
});

describe('what the detector promises', () => {
  it('never looks ahead', () => {
    fc.assert(
      fc.property(integers, integers, (values, later) => {
        expect(watch([...values, ...later]).slice(0, values.length)).toEqual(watch(values));
      }),
      runs,
    );
  });

  it('answers the same whatever the unit and the zero', () => {
    fc.assert(
      fc.property(integers, fc.integer({ min: -20, max: 20 }), fc.integer({ min: -5000, max: 5000 }), (values, power, offset) => {
        const moved = values.map((value) => (value + offset) * 2 ** power);
        const strip = (seen: Observation[]) => seen.map(({ score, isAnomaly, reason }) => ({ score, isAnomaly, reason }));
        expect(strip(watch(moved))).toEqual(strip(watch(values)));
      }),
      runs,
    );
  });

  it('passes over nulls', () => {
    fc.assert(
      fc.property(integers, fc.array(fc.nat(399), { maxLength: 50 }), (values, gaps) => {
        const at = new Set(gaps);
        const seen = watch(values.flatMap((value, i) => (at.has(i) ? [null, value] : [value])));
        expect(seen.filter(({ reason }) => reason !== 'no-value')).toEqual(watch(values));
      }),
      runs,
    );
  });

  it('takes NaN and the infinite for no value', () => {
    const values = series(400, noise);
    const seen = watch([...values, Number.NaN, Number.POSITIVE_INFINITY, values[0] ?? 0]);
    expect(seen.slice(400, 402).map(({ reason }) => reason)).toEqual(['no-value', 'no-value']);
    expect(Number.isFinite(seen[402]?.score)).toBe(true);
  });

  it('keeps its scores between 0 and 1, even after a value beyond all measure', () => {
    const values = series(600, (i) => (i === 300 ? 1e150 : noise(i)));
    for (const { score } of watch(values)) expect(score >= 0 && score <= 1).toBe(true);
  });

  it('forgets what is older than its memory', () => {
    const values = series(1500, (i) => noise(i) + (i % 50 === 0 && (i < 900 || i === 1400) ? 60 : 0));
    expect(alarms(values, { memory: 256 })).toContain(1400);
    expect(alarms(values, { memory: 4096 })).not.toContain(1400);
  });
});

describe('counters', () => {
  const rises = series(1200, (i) => 50 + 5 * noise(i) + (i === 900 ? 200 : 0));
  const counter = (resetAt: number) => {
    let total = 0;
    return rises.map((rise, i) => {
      if (i === resetAt) total = 0;
      total += rise;
      return total;
    });
  };

  it('are judged by their rise', () => {
    expect(alarms(counter(-1), { kind: 'counter' })).toContain(900);
  });

  it('may be reset', () => {
    expect(alarms(counter(600), { kind: 'counter' }).filter((i) => i > 500 && i < 800)).toEqual([]);
  });

  it('may be read at uneven times', () => {
    const detector = createDetector({ kind: 'counter' });
    let time = 0;
    const seen = series(500, (i) => {
      time += i % 7 === 0 ? 180 : 60;
      return time;
    }).map((at) => detector.next(at, 10 * at));
    expect(seen.every(({ score }) => score === 0)).toBe(true);
    expect(seen.at(-1)?.expected).toBe(10);
  });

  it('say nothing when read twice at one time', () => {
    const detector = createDetector({ kind: 'counter' });
    detector.next(60, 5);
    expect(detector.next(60, 7).reason).toBe('no-value');
  });
});
