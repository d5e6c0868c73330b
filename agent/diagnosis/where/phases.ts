/** Which times are the incident, which the minutes before it, and which the past it is held against. */
import { median } from '../statistics/robust.ts';
import { noiseOf, pastRows, shareOfLevel, type Waver } from './noise.ts';
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
/** Rows whose mean is this many deviations away from the past no longer belong to it; and the row at the alert, or the one before it, must itself be away by so many. */
const leftThePast = 5;
const stillAway = 2;

/** `all` are the tracks of the case: they tell the step and the last time when the alerting series says too little. `waver`: how little that series may stray at least. */
export function phasesOf(at: number, alerting: Track, all: readonly Track[], waver: Pick<Waver, 'least'> = shareOfLevel): Phases {
  const longest = all.reduce((best, track) => (track.t.length > best.t.length ? track : best), alerting);
  const known = stepOf(alerting.t.length >= recentRows ? alerting : longest);
  const step = known > 0 ? known : 60;
  const last = all.reduce((latest, { t }) => Math.max(latest, t.at(-1) ?? latest), alerting.t.at(-1) ?? Number.NEGATIVE_INFINITY);
  // An alert younger than the newest row: that row is all there is of the incident.
  const fired = Math.min(at, last);
  const span = Math.max(recentSeconds, recentRows * step);
  const onset = onsetOf(fired, alerting, span, waver);
  return { recent: onset - span, calmEnd: onset - step * 0.999, onset, end: fired + Math.max(incidentSeconds, incidentRows * step), step };
}

/**
 * An alert fires some time after the trouble began. Of the rows in the minutes before it, the onset is where the mean from there to the alert
 * departs from the past most surely. When that does not end within these minutes, it is a drift and no onset, and the alert's time stands.
 */
function onsetOf(at: number, alerting: Track, span: number, waver: Pick<Waver, 'least'>): number {
  const past = between(alerting, Number.NEGATIVE_INFINITY, at - 2 * span);
  if (past.length < pastRows) return at;
  const usual = median(past);
  const noise = Math.max(noiseOf(past, usual), waver.least(usual));
  const first = firstAtOrAfter(alerting, at - 2 * span);
  // The row at the alert belongs to the incident; where there is none, the newest before it does.
  const last = Math.min(firstAtOrAfter(alerting, at), alerting.t.length - 1);
  // A trouble that was over a while before is not what the alert is about.
  const away = (index: number) => Math.abs((alerting.v[index] ?? usual) - usual) / noise;
  if (Math.max(away(last), away(last - 1)) < stillAway) return at;
  let [sum, rows, most, onset] = [0, 0, leftThePast, at];
  for (let index = last; index >= first; index -= 1) {
    sum += (alerting.v[index] ?? usual) - usual;
    rows += 1;
    const sure = Math.abs(sum) / Math.sqrt(rows) / noise;
    if (sure <= most) continue;
    most = sure;
    onset = index === first ? at : Math.min(at, alerting.t[index] ?? at);
  }
  return onset;
}
