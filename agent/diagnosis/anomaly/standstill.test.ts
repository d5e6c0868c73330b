import { describe, expect, it } from 'vitest';
import { noise, series } from './series.test-data.ts';
import { Standstill } from './standstill.ts';

const settings = { block: 12, records: 12, memory: 300 };

function greatest(values: readonly number[], from: number): number {
  const standstill = new Standstill(settings);
  return Math.max(...values.map((value) => standstill.add(value)).slice(from));
}

describe('standstill', () => {
  it('surprises soon where values always moved', () => {
    expect(greatest([...series(500, noise), ...new Array(6).fill(1)], 500)).toBeGreaterThan(4);
  });

  it('is usual where values rest for hours, and then needs many more', () => {
    const restful = series(3000, (i) => (i % 60 < 15 + (Math.floor(i / 60) % 30) ? 0 : noise(i)));
    expect(greatest([...restful, ...new Array(40).fill(7)], 3000)).toBeLessThan(2);
    expect(greatest([...restful, ...new Array(400).fill(7)], 3000)).toBeGreaterThan(3);
  });

  it('is no surprise where values are rounded and often repeat', () => {
    const rounded = Array.from({ length: 20 }, (_, from) => series(400, (i) => Math.round(noise(9000 * from + i))));
    expect(Math.max(...rounded.map((values) => greatest(values, 0)))).toBeLessThan(3);
  });

  it('has nothing to say of what never moved', () => {
    expect(greatest(new Array(1000).fill(3), 0)).toBe(0);
  });
});
