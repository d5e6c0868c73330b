/** One metric over time with what is not known left out: times ascending, one value for each. */
import { quantile } from '../statistics/robust.ts';

export interface Track {
  t: readonly number[];
  v: readonly number[];
}

export const emptyTrack: Track = { t: [], v: [] };

type Points = { readonly t: readonly number[]; readonly v: readonly (number | null)[] };

/** Series of one metric as one track: sorted, without nulls; of several values for one time their mean. */
export function toTrack(series: readonly Points[]): Track {
  const [first] = series;
  if (first && series.length === 1 && isTrack(first)) return first;
  const t: number[] = [];
  const v: number[] = [];
  let isAscending = true;
  for (const one of series) {
    for (let at = 0; at < one.t.length; at += 1) {
      const time = one.t[at];
      const value = one.v[at];
      if (time === undefined || value === null || value === undefined || !Number.isFinite(value)) continue;
      isAscending &&= t.length === 0 || time > (t[t.length - 1] ?? time);
      t.push(time);
      v.push(value);
    }
  }
  return isAscending ? { t, v } : inOrder(t, v);
}

/** Most series are in order and whole: they are taken as they are, which spares a copy of every point. */
function isTrack(points: Points): points is Track {
  const { t, v } = points;
  for (let at = 0; at < t.length; at += 1) {
    if (!Number.isFinite(v[at]) || (at > 0 && !((t[at] ?? 0) > (t[at - 1] ?? 0)))) return false;
  }
  return true;
}

function inOrder(t: readonly number[], v: readonly number[]): Track {
  const points = t.map((time, at): [number, number] => [time, v[at] ?? 0]).sort(([a, x], [b, y]) => a - b || x - y);
  const merged: { time: number; sum: number; count: number }[] = [];
  for (const [time, value] of points) {
    const last = merged.at(-1);
    if (last?.time === time) {
      last.sum += value;
      last.count += 1;
    } else merged.push({ time, sum: value, count: 1 });
  }
  return { t: merged.map(({ time }) => time), v: merged.map(({ sum, count }) => sum / count) };
}

/** Values with `from <= t < to`. */
export function between(track: Track, from: number, to: number): number[] {
  return track.v.slice(firstAtOrAfter(track, from), firstAtOrAfter(track, to));
}

/** How many points have `from <= t < to`. */
export function countBetween(track: Track, from: number, to: number): number {
  return firstAtOrAfter(track, to) - firstAtOrAfter(track, from);
}

/** Index of the first point at or after `time`; the length when there is none. */
export function firstAtOrAfter(track: Track, time: number): number {
  let low = 0;
  let high = track.t.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((track.t[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The value at exactly `time`. */
export function valueAt(track: Track, time: number): number | undefined {
  const at = firstAtOrAfter(track, time);
  return track.t[at] === time ? track.v[at] : undefined;
}

/** As many gaps as are looked at to find the step. */
const gapsAtMost = 200;

/** Seconds from one row to the next where no row is missing; NaN of fewer than two. A fifth of the rows in sequence is enough to see it. */
export function stepOf(track: Track): number {
  const times = track.t.slice(-gapsAtMost - 1);
  return quantile(
    times.slice(1).map((time, at) => time - (times[at] ?? time)),
    0.2,
  );
}

/** NaN of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
