/** When did a series leave its course: the best step and the best bend (flat, then a slope), by least squares over every place it could be. Linear in points. */
import type { Series } from '../case.ts';

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
/** A shift explains more than half of all there is to explain… */
const leastFit = 0.5;
/** …and moves the level by more than this share of what it was. */
const leastChange = 0.2;

export function shifts(series: readonly Series[], alertAt: number): Shift[] {
  return series.flatMap((one) => shiftOf(one, alertAt) ?? []);
}

function shiftOf({ node, metric, stat, t, v }: Series, alertAt: number): Shift | undefined {
  const points = t.flatMap((at, i) => (typeof v[i] === 'number' && Number.isFinite(v[i]) ? [[at, v[i]] as const] : []));
  points.sort((a, b) => a[0] - b[0]);
  if (points.length < fewestPoints) return undefined;
  const step = bestStep(points.map(([, value]) => value));
  // A slope ends where the incident breaks it (a restart empties the memory): only what came before the alert counts, a lone outlier does not.
  const climbing = points.filter(([at]) => at <= alertAt);
  const ramp =
    climbing.length < fewestPoints
      ? undefined
      : bestBend(
          climbing.map(([at]) => at),
          smooth(climbing.map(([, value]) => value)),
        );
  const isRamp = ramp !== undefined && ramp.gain > 0.8 && ramp.gain > step.gain + 0.02;
  const { index, gain, before, after } = isRamp ? ramp : step;
  const at = (isRamp ? climbing : points)[index]?.[0];
  if (at === undefined || gain < leastFit || at > alertAt || Math.abs(after - before) <= leastChange * Math.abs(before)) return undefined;
  return { node, metric, stat, at, shape: isRamp ? 'ramp' : 'step', before, after, fit: gain };
}

/** Least squares: a step at k explains n1·n2/n·(m1 − m2)² of the sum of squares. */
function bestStep(values: readonly number[]): Fit {
  const n = values.length;
  const total = values.reduce((sum, value) => sum + value, 0);
  const squares = values.reduce((sum, value) => sum + (value - total / n) ** 2, 0);
  let best: Fit = { index: 0, gain: 0, before: 0, after: 0 };
  let left = 0;
  for (let k = 1; k < n; k++) {
    left += values[k - 1] ?? 0;
    const before = left / k;
    const after = (total - left) / (n - k);
    const gain = squares > 0 ? ((k * (n - k)) / n) * ((before - after) ** 2 / squares) : 0;
    if (gain > best.gain) best = { index: k, gain, before, after };
  }
  return best;
}

/** Least squares of y = a + b·max(0, t − t_k): each k in constant time from running sums. */
function bestBend(times: readonly number[], values: readonly number[]): Fit {
  const n = values.length;
  const start = times[0] ?? 0;
  const length = (times[n - 1] ?? start) - start || 1;
  const x = times.map((at) => (at - start) / length);
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  let best: Fit = { index: 0, gain: 0, before: 0, after: 0 };
  let [m, sx, sxx, sy, sxy] = [0, 0, 0, 0, 0];
  for (let k = n - 1; k >= 1; k--) {
    const [xk, yk] = [x[k] ?? 0, values[k] ?? 0];
    m += 1;
    sx += xk;
    sxx += xk * xk;
    sy += yk;
    sxy += xk * yk;
    if (m < 4) continue;
    const s1 = sx - m * xk;
    const s2 = sxx - 2 * xk * sx + m * xk * xk;
    const spread = s2 - (s1 * s1) / n;
    const shared = sxy - xk * sy - s1 * mean;
    const gain = spread > 0 && squares > 0 ? shared ** 2 / spread / squares : 0;
    if (gain > best.gain) {
      const slope = shared / spread;
      const before = mean - (slope * s1) / n;
      best = { index: k, gain, before, after: before + slope * ((x[n - 1] ?? 0) - xk) };
    }
  }
  return best;
}

/** Running median of five. */
function smooth(values: readonly number[]): number[] {
  return values.map((_, i) => {
    const near = values.slice(Math.max(0, i - 2), i + 3).sort((a, b) => a - b);
    return near[near.length >> 1] ?? 0;
  });
}
