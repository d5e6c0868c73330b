import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noise, series } from './series.test-data.ts';
import { Tail } from './surprise.ts';

const settings = { block: 1, records: 10, memory: 500 };

function taught(values: readonly number[], given = settings): Tail {
  const tail = new Tail(given);
  for (const value of values) tail.add(value);
  return tail;
}

describe('surprise', () => {
  it('grows with the number and is 0 below the records', () => {
    const tail = taught(series(300, (i) => Math.abs(noise(i))));
    expect(tail.surpriseOf(0.5)).toBe(0);
    const surprises = [2, 3, 4, 6, 12].map((value) => tail.surpriseOf(value));
    expect(surprises).toEqual([...surprises].sort((a, b) => a - b));
    expect(surprises.at(-1)).toBeGreaterThan(3);
  });

  it('is careful where records lie far apart', () => {
    const light = taught(series(300, (i) => Math.abs(noise(i))));
    const heavy = taught(series(300, (i) => Math.abs(noise(i)) / (0.05 + Math.abs(noise(i + 5000)))));
    const twice = (tail: Tail, record: number) => tail.surpriseOf(2 * record);
    const recordOf = (tail: Tail) => series(400, (i) => 0.25 * i).find((value) => tail.surpriseOf(value) > 1.5) ?? Number.NaN;
    expect(twice(light, recordOf(light))).toBeGreaterThan(twice(heavy, recordOf(heavy)) + 1);
  });

  it('means a chance: numbers drawn from the same tail surprise by s about once in 10^s', () => {
    const tail = new Tail({ block: 1, records: 20, memory: 5000 });
    const surprises = series(20_000, (i) => tail.judge(Math.exp(0.5 * Math.abs(noise(i)))));
    const share = surprises.filter((surprise) => surprise >= 2).length / surprises.length;
    expect(share).toBeGreaterThan(0.001);
    expect(share).toBeLessThan(0.02);
  });

  it('calls being anything the event where nearly all was nothing', () => {
    const tail = taught(new Array(200).fill(0));
    expect(tail.surpriseOf(0)).toBe(0);
    expect(tail.surpriseOf(5)).toBeCloseTo(Math.log10(201), 6);
    tail.add(5);
    expect(tail.surpriseOf(5)).toBeCloseTo(2, 1);
  });

  it('counts a burst once', () => {
    const burst = [...new Array(96).fill(1), 9, 9, 9, 9];
    const alone = taught(burst, { ...settings, block: 4 });
    const apart = taught(burst, settings);
    expect(alone.surpriseOf(9.5)).toBeGreaterThan(apart.surpriseOf(9.5));
  });

  it('depends on ratios only, and keeps to what it remembers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 30, maxLength: 60 }),
        fc.integer({ min: 1, max: 2000 }),
        (values, value) => {
          const scaled = taught(values.map((other) => other * 8));
          expect(scaled.surpriseOf(value * 8)).toBe(taught(values).surpriseOf(value));
          const remembered = taught([...values.map((other) => other * 100), ...values.map((other) => other * 10), ...values], {
            ...settings,
            memory: values.length,
          });
          expect(remembered.surpriseOf(value)).toBe(taught(values).surpriseOf(value));
        },
      ),
    );
  });
});
