import { describe, expect, it } from 'vitest';
import type { Series } from '../case/case.ts';
import { shifts } from './shifts.ts';

const start = 1_700_000_000;
const alertAt = start + 100 * 60;

function series(value: (i: number) => number | null, points = 110): Series {
  const t = Array.from({ length: points }, (_, i) => start + i * 60);
  return { node: 'a', metric: 'm', stat: '', t, v: t.map((_, i) => value(i)) };
}

const wobble = (i: number): number => 1 + 0.03 * Math.sin(i * 12.9);

describe('where a series left its course', () => {
  it('finds a step to the very point', () => {
    const [shift] = shifts([series((i) => (i < 95 ? 10 : 40) * wobble(i))], alertAt);
    expect(shift).toMatchObject({ shape: 'step', at: start + 95 * 60 });
    expect((shift?.after ?? 0) / (shift?.before ?? 1)).toBeCloseTo(4, 0);
  });

  it('finds where a climb began, though the value breaks off before the alert', () => {
    const [shift] = shifts([series((i) => (i < 30 ? 200 : i < 98 ? 200 + 5 * (i - 30) : 30) * wobble(i))], alertAt);
    expect(shift?.shape).toBe('ramp');
    expect(Math.abs((shift?.at ?? 0) - (start + 30 * 60))).toBeLessThanOrEqual(6 * 60);
  });

  it.each([
    ['is calm', (i: number) => 10 * wobble(i)],
    ['is flat', () => 5],
    ['moves by little', (i: number) => (i < 95 ? 10 : 11) * wobble(i)],
    ['has one outlier', (i: number) => (i === 60 ? 100 : 10) * wobble(i)],
    ['holds nothing', () => null],
  ])('says nothing of one that %s', (_, value) => {
    expect(shifts([series(value)], alertAt)).toEqual([]);
  });

  it('does not look at what comes after the alert', () => {
    expect(shifts([series((i) => (i < 104 ? 10 : 90) * wobble(i))], alertAt)).toEqual([]);
  });

  it('reads points in any order and skips gaps', () => {
    const whole = series((i) => (i % 7 === 3 ? null : (i < 95 ? 10 : 40) * wobble(i)));
    const order = whole.t.map((_, i) => (i * 37) % whole.t.length);
    const mixed = { ...whole, t: order.map((i) => whole.t[i] ?? 0), v: order.map((i) => whole.v[i] ?? null) };
    expect(shifts([mixed], alertAt)).toEqual(shifts([whole], alertAt));
  });
});
