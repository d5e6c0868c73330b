/** Which times are the incident, which the minutes before it, and which the past it is held against. */
import { median } from '../statistics/robust.ts';
import { noiseOf, pastRows, shareOfLevel } from './noise.ts';
import { between, firstAtOrAfter, stepOf, type Track } from './track.ts';

export interface Phases {
  /** First time of the minutes before onset; the past ends here. */
  recent: number;
  /** First time that is neither before the onset nor of the incident: a row that begins less than one step before the onset may hold some of it. */
  calmEnd: number;
  /** When the trouble began: the alert's time, or earlier when the alerting series had left its past shortly before. */
  onset: number;
  /** First time that no longer counts as the incident. */
  end: number;
  /** Seconds from one row to the next. */
  step: number;
}

/** The minutes before the onset and those of the incident, in seconds, but never less than so many rows. */
const recentSeconds = 900;
const recentRows = 3;
const incidentSeconds = 1800;
const incidentRows = 6;
/** A row this many deviations away from the past no longer belongs to it. */
const leftThePast = 5;

/** `all` are the tracks of the case: they tell the step and the last time when the alerting series says too little. */
export function phasesOf(at: number, alerting: Track, all: readonly Track[]): Phases {
  const longest = all.reduce((best, track) => (track.t.length > best.t.length ? track : best), alerting);
  const known = stepOf(alerting.t.length >= recentRows ? alerting : longest);
  const step = known > 0 ? known : 60;
  const last = all.reduce((latest, { t }) => Math.max(latest, t.at(-1) ?? latest), alerting.t.at(-1) ?? Number.NEGATIVE_INFINITY);
  // An alert younger than the newest row: that row is all there is of the incident.
  const fired = Math.min(at, last);
  const span = Math.max(recentSeconds, recentRows * step);
  const onset = onsetOf(fired, alerting, span);
  return { recent: onset - span, calmEnd: onset - step * 0.999, onset, end: fired + Math.max(incidentSeconds, incidentRows * step), step };
}

/**
 * An alert fires some time after the trouble began. Goes back from it over rows that had left the past already; when that does not end within the
 * minutes before the alert, it is a drift and no onset, and the alert's time stands.
 */
function onsetOf(at: number, alerting: Track, span: number): number {
  const past = between(alerting, Number.NEGATIVE_INFINITY, at - 2 * span);
  if (past.length < pastRows) return at;
  const usual = median(past);
  const limit = leftThePast * Math.max(noiseOf(past, usual), shareOfLevel.least(usual));
  let onset = at;
  for (let index = firstAtOrAfter(alerting, at) - 1; index >= 0; index -= 1) {
    const time = alerting.t[index] ?? 0;
    if (time < at - 2 * span) break;
    if (Math.abs((alerting.v[index] ?? usual) - usual) <= limit) return onset;
    onset = time;
  }
  return at;
}
