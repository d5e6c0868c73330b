/**
 * Owns the streaming detector: is the newest value of one series a surprise, judged by that series' own past and nothing else? It knows no unit, no season, no clock
 * and no other series, and it must not look ahead.
 *
 * Four measures are taken of every value. Each is compared with its own greatest numbers so far (`surprise.ts`), which makes them comparable: a surprise of s
 * means that a block of values shows the like with a chance of about 10^−s.
 *   unfamiliar   how far the latest few, and the latest dozen values lie from the most similar stretch of the past (`familiarity.ts`): spikes, dips, shifts of level,
 *                values that are usual at other times only, patterns that stop. What has happened before, in this way, is no surprise.
 *   unsteady     the standard deviation of the latest values: bursts and a growing variance.
 *   standstill   the run of equal values (`standstill.ts`): a sensor or an exporter that hangs.
 * They are joined as the length of their vector, √Σ s², so that several moderate surprises at once count as one great one. An event opens at the first value at or
 * above the threshold, log10(1 + rarity · blocks seen), and ends when as many values as `rest` were below it. A level that stays becomes familiar by itself after `nearest` values.
 */
import { Past } from './familiarity.ts';
import { Increments } from './increments.ts';
import { Spread } from './spread.ts';
import { Standstill } from './standstill.ts';
import { Tail } from './surprise.ts';

export interface DetectorSettings {
  /** Values looked back on, at most. Time per value and memory are proportional to it; it should hold the season that matters (4096 values of 5 minutes: two weeks). */
  memory: number;
  /** An event opens when its like is expected less than once in this many times the past seen so far: false alarms grow with the logarithm of the time only. */
  rarity: number;
  /** `counter`: values only rise, but for resets; judged is their rise per unit of time. */
  kind: 'gauge' | 'counter';
  /** Values that the short and the long stretch hold, about. */
  shortReach: number;
  longReach: number;
  /** Values between a stretch and the nearest one it is compared with; also the window of the standard deviation. */
  nearest: number;
  /** Values in a block: what lies closer together is one occasion. */
  block: number;
  /** How many of the greatest blocks teach what is usual for extremes. */
  records: number;
  /** Values below the threshold that end an event. */
  rest: number;
}

export const detectorDefaults: Readonly<DetectorSettings> = {
  memory: 4096,
  rarity: 5,
  kind: 'gauge',
  shortReach: 2,
  longReach: 8,
  nearest: 24,
  block: 12,
  records: 12,
  rest: 48,
};

/** `no-value`: nothing to judge; `short-past`: too little to judge by; `same-event`: surprising, but the event was opened before. */
export type Reason = 'no-value' | 'short-past' | 'usual' | 'unfamiliar' | 'unsteady' | 'standstill' | 'same-event';

export interface Observation {
  /** 0 … 1; 0.5 at the threshold. */
  score: number;
  /** True for the value that opens an event, once an event. */
  isAnomaly: boolean;
  /** What followed the most similar stretch of the past; null while there is none. For a counter: the expected rise per unit of time. */
  expected: number | null;
  reason: Reason;
}

export interface Detector {
  /** Values in order of time. Null (or NaN) is an interval without a value: it is passed over and changes nothing. */
  next(time: number, value: number | null): Observation;
}

export function createDetector(given: Partial<DetectorSettings> = {}): Detector {
  const settings = { ...detectorDefaults, ...given };
  const { memory, rarity, shortReach, longReach, nearest, block, records, rest } = settings;
  const tailOf = (size: number) => new Tail({ block: size, records, memory: Math.max(1, Math.ceil(memory / size)) });
  const past = new Past({ short: shortReach, long: longReach, nearest, farthest: memory });
  const spread = new Spread(nearest);
  const standstill = new Standstill({ block, records, memory: Math.ceil(memory / block) });
  const [shortTail, longTail, spreadTail] = [tailOf(block), tailOf(block), tailOf(nearest)];
  const increments = settings.kind === 'counter' ? new Increments() : undefined;
  let quietFor = Number.POSITIVE_INFINITY;
  let seen = 0;

  function surprises(value: number): Record<'short' | 'long' | 'unsteady' | 'standstill', number> {
    const stretch = past.add(value);
    const deviation = spread.add(value);
    return {
      short: stretch ? shortTail.judge(stretch.short) : 0,
      long: stretch ? longTail.judge(stretch.long) : 0,
      unsteady: deviation === undefined ? 0 : spreadTail.judge(deviation),
      standstill: standstill.add(value),
    };
  }

  return {
    next(time, read) {
      const value = increments && read !== null ? increments.next(time, read) : read;
      const expected = past.forecast ?? null;
      if (value === null || !Number.isFinite(value)) return { score: 0, isAnomaly: false, expected, reason: 'no-value' };
      seen += 1;
      const threshold = Math.log10(1 + (rarity * seen) / block);
      const { short, long, unsteady, standstill: still } = surprises(value);
      const surprise = shortTail.isTaught ? Math.hypot(short, long, unsteady, still) : 0;
      const score = 1 - 2 ** (-surprise / threshold);
      if (surprise < threshold) {
        quietFor += 1;
        return { score, isAnomaly: false, expected, reason: shortTail.isTaught ? 'usual' : 'short-past' };
      }
      const isAnomaly = quietFor >= rest;
      quietFor = 0;
      if (!isAnomaly) return { score, isAnomaly, expected, reason: 'same-event' };
      const unfamiliar = Math.max(short, long);
      if (still > Math.max(unfamiliar, unsteady)) return { score, isAnomaly, expected, reason: 'standstill' };
      return { score, isAnomaly, expected, reason: unsteady > unfamiliar ? 'unsteady' : 'unfamiliar' };
    },
  };
}
