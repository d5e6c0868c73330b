/** When did a series leave its course: the best step and the best bend (flat, then a slope), by least squares over every place it could be. Linear in points. */
import type { Series } from '../case/case.ts';

export interface Shift {
  node: string;
  metric: string;
  stat: string;
  /** Unix seconds of the first value off the course. */
  at: number;
  /** `step`: it jumped; `ramp`: it began to climb or fall. */
  shape: 'step' | 'ramp';
  before: number;
  /** Mean after a step; the value the slope reaches at the end of a ramp. */
  after: number;
  /** Share of the variance the shift explains, 0..1. */
  fit: number;
}

interface Fit {
  index: number;
  gain: number;
  before: number;
  after: number;
}

/** Fewer points say nothing. */
const fewestPoints = 8;
/** So many points up to the alert and so many after it are looked at: what is older tells nothing about when this trouble began. */
const mostBefore = 480;
const mostAfter = 60;
/** A shift explains more than half of all there is to explain… */
const leastFit = 0.5;
/** …and moves the level by more than this share of what it was. */
const leastChange = 0.2;
/** A slope must fit well, and better than a step; beside a step as clear as this none is looked for. */
const leastSlopeFit = 0.8;
const clearStep = 0.97;

export function shifts(series: readonly Series[], alertAt: number): Shift[] {
  const found: Shift[] = [];
  for (const one of series) {
    const shift = shiftOf(one, alertAt);
    if (shift) found.push(shift);
  }
  return found;
}

function shiftOf(series: Series, alertAt: number): Shift | undefined {
  const { times, values, climbing } = near(series, alertAt);
  if (times.length < fewestPoints) return undefined;
  const step = bestStep(values);
  const ramp = step.gain < clearStep ? bestSlope(times, smooth(values.slice(0, climbing))) : undefined;
  const isRamp = ramp !== undefined && ramp.gain > leastSlopeFit && ramp.gain > step.gain + 0.02;
  const { index, gain, before, after } = isRamp ? ramp : step;
  const at = times[index];
  if (at === undefined || gain < leastFit || at > alertAt || Math.abs(after - before) <= leastChange * Math.abs(before)) return undefined;
  return { node: series.node, metric: series.metric, stat: series.stat, at, shape: isRamp ? 'ramp' : 'step', before, after, fit: gain };
}

/** The points around the alert, in order of time; `climbing` of them are not after it. */
function near({ t, v }: Series, alertAt: number): { times: number[]; values: number[]; climbing: number } {
  const order = isSorted(t) ? undefined : t.map((_, i) => i).sort((a, b) => (t[a] ?? 0) - (t[b] ?? 0));
  const index = (i: number): number => (order ? (order[i] ?? 0) : i);
  let [low, high] = [0, t.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((t[index(middle)] ?? 0) <= alertAt) low = middle + 1;
    else high = middle;
  }
  const times: number[] = [];
  const values: number[] = [];
  let climbing = 0;
  for (let i = Math.max(0, low - mostBefore); i < Math.min(t.length, low + mostAfter); i++) {
    const value = v[index(i)];
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    times.push(t[index(i)] ?? 0);
    values.push(value);
    if (i < low) climbing += 1;
  }
  return { times, values, climbing };
}

function isSorted(t: readonly number[]): boolean {
  for (let i = 1; i < t.length; i++) if ((t[i] ?? 0) < (t[i - 1] ?? 0)) return false;
  return true;
}

/** Least squares: a step at k explains n1·n2/n·(m1 − m2)² of the sum of squares. */
function bestStep(values: readonly number[]): Fit {
  const n = values.length;
  const { total, squares } = moments(values);
  let [index, most, left] = [0, 0, 0];
  for (let k = 1; k < n; k++) {
    left += values[k - 1] ?? 0;
    const difference = left / k - (total - left) / (n - k);
    const gain = k * (n - k) * difference * difference;
    if (gain > most) [index, most] = [k, gain];
  }
  let sum = 0;
  for (let k = 0; k < index; k++) sum += values[k] ?? 0;
  if (index === 0 || squares === 0) return { index: 0, gain: 0, before: 0, after: 0 };
  return { index, gain: most / n / squares, before: sum / index, after: (total - sum) / (n - index) };
}

/** A slope ends where the incident breaks it (a restart empties the memory): at its highest point before the alert, or its lowest. */
function bestSlope(times: readonly number[], values: readonly number[]): Fit | undefined {
  let [highest, lowest] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if ((values[i] ?? 0) >= (values[highest] ?? 0)) highest = i;
    if ((values[i] ?? 0) <= (values[lowest] ?? 0)) lowest = i;
  }
  const ends = [highest, lowest].filter((end) => end + 1 >= fewestPoints);
  const [rise, fall] = ends.map((end) => bestBend(times, values.slice(0, end + 1)));
  return fall && rise && fall.gain > rise.gain ? fall : (rise ?? fall);
}

/** Least squares of y = a + b·max(0, t − t_k): each k in constant time from running sums. */
function bestBend(times: readonly number[], values: readonly number[]): Fit {
  const n = values.length;
  const start = times[0] ?? 0;
  const length = (times[n - 1] ?? start) - start || 1;
  const { total, squares } = moments(values);
  const mean = total / n;
  const best: Fit = { index: 0, gain: 0, before: 0, after: 0 };
  if (squares === 0) return best;
  let [sx, sxx, sy, sxy] = [0, 0, 0, 0];
  for (let k = n - 1; k >= 1; k--) {
    const x = ((times[k] ?? 0) - start) / length;
    const y = values[k] ?? 0;
    sx += x;
    sxx += x * x;
    sy += y;
    sxy += x * y;
    const m = n - k;
    if (m < 4) continue;
    const s1 = sx - m * x;
    const spread = sxx - 2 * x * sx + m * x * x - (s1 * s1) / n;
    const shared = sxy - x * sy - s1 * mean;
    const gain = spread > 0 ? (shared * shared) / spread / squares : 0;
    if (gain > best.gain) {
      best.index = k;
      best.gain = gain;
      best.before = mean - ((shared / spread) * s1) / n;
      best.after = best.before + (shared / spread) * (1 - x);
    }
  }
  return best;
}

function moments(values: readonly number[]): { total: number; squares: number } {
  let total = 0;
  for (const value of values) total += value;
  const mean = total / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  return { total, squares };
}

/** Running median of three, at either end of the nearest three: a lone outlier is gone, the last value included. */
function smooth(values: readonly number[]): number[] {
  return values.map((_, i) => {
    const middle = Math.min(Math.max(i, 1), values.length - 2);
    const [a = 0, b = 0, c = 0] = [values[middle - 1], values[middle], values[middle + 1]];
    return a + b + c - Math.max(a, b, c) - Math.min(a, b, c);
  });
}
