import { describe, expect, it } from 'vitest';
import { anomalies } from './anomalies.ts';
import { noise, series } from './series.test-data.ts';

const size = 1500;
const at = 1000;
const start = 1_700_000_000;
const times = series(size, (i) => start + 60 * i);
const near = (v: (number | null)[]) =>
  anomalies({ t: times, v }).filter(({ from }) => from >= start + 60 * (at - 5) && from <= start + 60 * (at + 60));

describe('anomalies of a series', () => {
  it.each([
    ['spike', (i: number) => (i === at ? 40 : 0), 140],
    ['dip', (i: number) => (i === at ? -40 : 0), 60],
    ['level-shift', (i: number) => (i >= at ? 20 : 0), 120],
  ] as const)('names a %s and what was expected and seen', (kind, change, seen) => {
    const [found] = near(series(size, (i) => 100 + 2 * noise(i) + change(i)));
    expect(found).toMatchObject({ kind, from: start + 60 * at });
    expect(found?.expected).toBeGreaterThan(98);
    expect(found?.expected).toBeLessThan(102);
    expect(Math.abs((found?.seen ?? 0) - seen)).toBeLessThan(6);
    expect(found?.score).toBeGreaterThanOrEqual(0.5);
  });

  it('does not take a spike for a new level where most values are equal', () => {
    const [found] = near(series(size, (i) => (i === at ? 30 : Math.round(0.6 * noise(i)))));
    expect(found).toMatchObject({ kind: 'spike', seen: 30 });
  });

  it('names a change of variance', () => {
    const kinds = near(series(size, (i) => 100 + (i >= at ? 10 : 1) * noise(i))).map(({ kind }) => kind);
    expect(kinds).toContain('change of variance');
  });

  it('dates a flatline from its first value', () => {
    const [found] = near(series(size, (i) => (i >= at && i < at + 80 ? 100 : 100 + 2 * noise(i))));
    expect(found).toMatchObject({ kind: 'flatline', seen: 100, from: start + 60 * at });
  });

  it('reads points in any order, and gaps', () => {
    const v: (number | null)[] = series(size, (i) => 100 + 2 * noise(i) + (i === at ? 40 : 0));
    v[at - 3] = null;
    const order = times.map((_, i) => (i * 7) % size);
    const shuffled = { t: order.map((i) => times[i] ?? 0), v: order.map((i) => v[i] ?? null) };
    expect(anomalies(shuffled)).toEqual(anomalies({ t: times, v }));
    expect(anomalies(shuffled).length).toBeGreaterThan(0);
  });

  it('speaks of a counter in rises per second', () => {
    let total = 0;
    const v = series(size, (i) => {
      total += 600 + 12 * noise(i) + (i === at ? 1200 : 0);
      return total;
    });
    const [found] = anomalies({ t: times, v }, { kind: 'counter' }).filter(({ from }) => from === start + 60 * at);
    expect(found?.kind).toBe('spike');
    expect(found?.seen).toBeCloseTo(30, 0);
  });

  it('finds nothing in nothing', () => {
    expect(anomalies({ t: [], v: [] })).toEqual([]);
    expect(anomalies({ t: times, v: times.map(() => null) })).toEqual([]);
    expect(anomalies({ t: times, v: times.map(() => 7) })).toEqual([]);
  });
});
