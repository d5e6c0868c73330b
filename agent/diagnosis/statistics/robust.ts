/** Statistics that a minority of wild values cannot move, and that scale and shift with the data. Nothing here knows what the numbers mean. */
import { median as exactMedian, quantile as exactQuantile } from 'simple-statistics';

/** Makes the median absolute deviation estimate the standard deviation of normally distributed values (Rousseeuw and Croux 1993). */
const madToDeviation = 1.4826;

/** NaN of no values. */
export function median(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : exactMedian([...values]);
}

/** `share` is 0..1; between two values it is interpolated; NaN of no values. */
export function quantile(values: readonly number[], share: number): number {
  return values.length === 0 ? Number.NaN : exactQuantile([...values], share);
}

/** Median absolute deviation from the median, in units of a standard deviation. 0 when more than half of the values are equal. */
export function robustDeviation(values: readonly number[], center = median(values)): number {
  return madToDeviation * median(values.map((value) => Math.abs(value - center)));
}

/**
 * How far `value` lies from the usual, in robust deviations, with its sign. `least` is the smallest deviation to believe in: where the past hardly
 * moved, a harmless step would be infinitely far away. 0 of no past, and when it neither moved nor differs.
 */
export function robustDistance(value: number, past: readonly number[], least = 0): number {
  if (past.length === 0) return 0;
  const center = median(past);
  const deviation = Math.max(robustDeviation(past, center), least);
  return value === center ? 0 : (value - center) / deviation;
}

/** A straight line: its value at `t` is `level + slope · t`. */
export interface Line {
  slope: number;
  level: number;
}

/** At most this many pairs are looked at: enough for a steady slope, and the cost stays linear. */
const pairsAtMost = 2000;

/**
 * The drift of a series as the median slope over pairs of points (Theil 1950, Sen 1968), which up to 29 % wild points cannot bend. Long series are
 * paired at half their length (Siegel's and Brown–Mood's economy: far pairs say most about the slope), evenly thinned. Slope 0 with fewer than two times.
 */
export function drift(times: readonly number[], values: readonly number[]): Line {
  const slopes: number[] = [];
  const add = (a: number, b: number) => {
    const run = (times[b] ?? 0) - (times[a] ?? 0);
    if (run !== 0) slopes.push(((values[b] ?? 0) - (values[a] ?? 0)) / run);
  };
  const size = values.length;
  if (size * size <= 2 * pairsAtMost) {
    for (let a = 0; a < size; a += 1) for (let b = a + 1; b < size; b += 1) add(a, b);
  } else {
    const half = Math.floor(size / 2);
    const step = Math.max(1, half / pairsAtMost);
    for (let at = 0; at < half; at += step) add(Math.floor(at), Math.floor(at) + size - half);
  }
  const slope = slopes.length === 0 ? 0 : median(slopes);
  return { slope, level: median(values.map((value, at) => value - slope * (times[at] ?? 0))) };
}
