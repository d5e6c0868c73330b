/** What a series usually shows, and how much it wavers. */
import { median, quantile, robustDeviation } from '../statistics/robust.ts';
import { noiseOf, pastRows, shareOfLevel } from './noise.ts';
import type { Phases } from './phases.ts';
import { between, countBetween, type Track } from './track.ts';

export interface Level {
  /** What would be expected at the incident; NaN when nothing is known. */
  usual: number;
  /** What was usual in the past, and just before the onset; NaN when nothing is known of it. */
  past: number;
  recent: number;
  /** How far the mean over as many rows as the incident has strays from it, as a standard deviation. */
  noise: number;
  /** Rows of the past it rests on. */
  rows: number;
}

/** With fewer rows before the onset, rows from after the incident may stand in for the past. */
const thinRows = 30;
/** A level just before the onset this many deviations from the past is a drift: the newer level counts. */
const driftedBy = 3;

/** `waver` says what to reckon with when the past is no help. */
export function levelOf(track: Track, phases: Phases, waver = shareOfLevel): Level {
  const span = countBetween(track, phases.onset, phases.end);
  const calm = between(track, phases.recent, phases.calmEnd);
  const before = calm.length > 0 ? calm : between(track, phases.calmEnd, phases.onset);
  const past = pastOf(track, phases, before);
  const recent = median(before);
  if (past.length < pastRows) {
    const both = [...past, ...before];
    const usual = median(both);
    return { usual, past: Number.NaN, recent, noise: Math.max(waver.unknown(usual), robustDeviation(both, usual)), rows: both.length };
  }
  const center = median(past);
  const wavers = noiseOf(meansOf(past, span), center);
  const usual = Math.abs(recent - center) > driftedBy * Math.max(wavers, waver.least(center)) ? recent : center;
  return { usual, past: center, recent, noise: Math.max(wavers, waver.least(center), waver.least(usual)), rows: past.length };
}

/** Means over so many rows at a time, as long as enough of them are left to judge by: rows next to each other waver together, so their number alone says little. */
function meansOf(past: readonly number[], span: number): readonly number[] {
  const size = Math.min(span, Math.floor(past.length / pastRows));
  if (size <= 1) return past;
  const means: number[] = [];
  for (let at = 0; at + size <= past.length; at += size) {
    let sum = 0;
    for (let row = at; row < at + size; row += 1) sum += past[row] ?? 0;
    means.push(sum / size);
  }
  return means;
}

/**
 * Everything before the minutes before onset. When that is thin, rows after the incident stand in, provided that what was seen just before the
 * onset lies among them: then the trouble is over there, and they are as good as a past.
 */
function pastOf(track: Track, phases: Phases, before: readonly number[]): number[] {
  const past = between(track, Number.NEGATIVE_INFINITY, phases.recent);
  if (past.length >= thinRows) return past;
  const after = between(track, phases.end, Number.POSITIVE_INFINITY);
  if (after.length < pastRows) return past;
  const low = quantile(after, 0);
  const high = quantile(after, 1);
  return before.every((value) => value >= low && value <= high) ? [...past, ...after] : past;
}
