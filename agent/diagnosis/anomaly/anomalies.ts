/** Owns the look back on a whole series: which stretches were anomalous, and of what kind. What opens an event is the streaming detector's word; later values only name it. */
import { median, quantile, robustDeviation } from '../statistics/robust.ts';
import { createDetector, type DetectorSettings, detectorDefaults } from './detector.ts';
import { Increments } from './increments.ts';

export const anomalyKinds = ['spike', 'dip', 'level-shift', 'change of variance', 'flatline'] as const;
export type AnomalyKind = (typeof anomalyKinds)[number];

export interface Anomaly {
  /** Times of the first and the last surprising value. */
  from: number;
  to: number;
  /** The highest within, 0.5 … 1. */
  score: number;
  kind: AnomalyKind;
  /** The middle of the values before it. */
  expected: number;
  /** The value within that is farthest from the expected; of a level shift the middle of the level it went to. For a counter both are rises per unit of time. */
  seen: number;
}

/** `v` is as long as `t`; null is an interval without a value. Need not be in order of time. */
export interface AnomalySeries {
  t: readonly number[];
  v: readonly (number | null)[];
}

interface Event {
  first: number;
  last: number;
  score: number;
  isStandstill: boolean;
}

/** Levels differ when their middle halves do not overlap and they are this many robust deviations of the calmer side apart … */
const shiftAtLeast = 3;
/** … and unrest differs when one robust deviation is this many times the other. */
const unrestAtLeast = 2;

export function anomalies(series: AnomalySeries, given: Partial<DetectorSettings> = {}): Anomaly[] {
  const settings = { ...detectorDefaults, ...given };
  const { times, values } = valuesOf(series, settings);
  return eventsOf(times, values, settings).map((event) => {
    const { first, last, score } = event;
    const before = values.slice(Math.max(0, first - 2 * settings.nearest), first);
    const expected = median(before);
    const within = values.slice(first, last + 1);
    const after = values.slice(last + 1, last + 1 + settings.nearest);
    const farthest = within.reduce((far, value) => (Math.abs(value - expected) > Math.abs(far - expected) ? value : far), expected);
    const kind = event.isStandstill ? 'flatline' : kindOf(before, within, after, farthest - expected);
    const seen = kind === 'level-shift' ? median(after.length > 0 ? after : within) : farthest;
    return { from: times[first] ?? Number.NaN, to: times[last] ?? Number.NaN, score, kind, expected, seen };
  });
}

/** What is known, in order of time; a counter as its rises. */
function valuesOf({ t, v }: AnomalySeries, { kind }: DetectorSettings): { times: number[]; values: number[] } {
  const known = t
    .map((time, at) => ({ time, value: v[at] ?? null }))
    .filter((point): point is { time: number; value: number } => point.value !== null && Number.isFinite(point.value))
    .sort((a, b) => a.time - b.time);
  const increments = kind === 'counter' ? new Increments() : undefined;
  const points = known.flatMap(({ time, value }) => {
    const rise = increments ? increments.next(time, value) : value;
    return rise === null ? [] : [{ time, value: rise }];
  });
  return { times: points.map(({ time }) => time), values: points.map(({ value }) => value) };
}

function eventsOf(times: readonly number[], values: readonly number[], settings: DetectorSettings): Event[] {
  const detector = createDetector({ ...settings, kind: 'gauge' });
  const events: Event[] = [];
  values.forEach((value, at) => {
    const { score, isAnomaly, reason } = detector.next(times[at] ?? 0, value);
    const open = events.at(-1);
    if (isAnomaly) {
      // Where a run of equal values is the surprise, it began with its first.
      const first = reason === 'standstill' ? startOfRun(values, at) : at;
      events.push({ first, last: at, score, isStandstill: reason === 'standstill' });
    } else if (open && reason === 'same-event') {
      open.last = at;
      open.score = Math.max(open.score, score);
    }
  });
  return events;
}

function startOfRun(values: readonly number[], end: number): number {
  let start = end;
  while (start > 0 && values[start - 1] === values[end]) start -= 1;
  return start;
}

function kindOf(before: readonly number[], within: readonly number[], after: readonly number[], gap: number): AnomalyKind {
  const side = gap < 0 ? 'dip' : 'spike';
  const next = after.length >= before.length / 4 ? after : within;
  if (next.length < 4) return side;
  const [old, late] = [robustDeviation(before), robustDeviation(next)];
  const shift = median(next) - median(before);
  const isApart = shift > 0 ? quantile(next, 0.25) > quantile(before, 0.75) : quantile(next, 0.75) < quantile(before, 0.25);
  if (isApart && Math.abs(shift) >= shiftAtLeast * Math.min(old, late)) return 'level-shift';
  const [less, more] = old < late ? [old, late] : [late, old];
  return less > 0 && more >= unrestAtLeast * less ? 'change of variance' : side;
}
