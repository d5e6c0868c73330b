/** Is the alert real: does the alerting series depart from its past and from the minutes before the onset by more than it always wavers. */
import type { Alerting } from './alerting.ts';
import { deviation } from './excess.ts';
import { type Level, levelOf } from './level.ts';
import { assumedInRow, chanceOf, spreadOf } from './noise.ts';
import type { Phases } from './phases.ts';
import { digits, reading } from './sentences.ts';
import { between, mean, type Track } from './track.ts';
import type { Troubles } from './troubles.ts';

export interface IsReal {
  real: boolean;
  /** 0..1, of the verdict, whichever it is; 0 when there was nothing to judge by. */
  confidence: number;
  reason: string;
}

/**
 * An alerting series that departs by so many standard deviations is real by itself, a node below it that departs by so many is as good; what is
 * between adds up. But where the alerting series shows next to nothing, the trouble below is not the alert's.
 */
const aloneFrom = 5;
const supportFrom = 16;
const leastDeparture = 0.5;
/** With no past to measure it in, what a series wavers is a guess: it must depart by so many times more. */
const unknownPast = 2;
/** What supports the alert must be at least this share of the alerting node's own trouble. */
const supportShare = 0.5;

/** What ended so many rows before the alert may have been well until then: that denies nothing. */
const staleRows = 3;

interface Judged {
  alerting: Alerting;
  /** In standard deviations, in the direction that is worse. */
  departure: number;
  /** The same from the past alone, without the last minutes; NaN when there is none. */
  fromPast: number;
  level: Level;
  now: number;
}

export interface Below {
  /** When the alert fired. */
  at: number;
  /** Nodes the alerting node reaches. */
  scope: ReadonlySet<string>;
  seat: string;
  troublesOf: (alerting: Alerting) => readonly Troubles[];
}

export function isReal(alertings: readonly Alerting[], requests: Track, phases: Phases, isSilent: boolean, below: Below): IsReal {
  if (isSilent) return { real: true, confidence: 0.6, reason: `${below.seat} reports nothing since the onset: missing data is no health` };
  const judged = alertings.flatMap((alerting) => judge(alerting, requests, phases) ?? []).sort((a, b) => b.departure - a.departure);
  const [worst] = judged;
  if (!worst)
    return { real: false, confidence: 0, reason: `no series of ${below.seat} covers the alert, so it can neither be confirmed nor denied` };
  const { alerting, departure, fromPast, level, now } = worst;
  const support = supportOf(alerting, below);
  const value = (of: number) => reading(alerting.name, of);
  const is = `${alerting.name} of ${below.seat} is ${value(now)}`;
  const said = `${is}, usually ${value(level.usual)}: ${awayOf(departure, alerting)}`;
  const strength =
    departure < leastDeparture
      ? 0
      : departure / (Number.isNaN(level.past) ? unknownPast * aloneFrom : aloneFrom) + support.deviation / supportFrom;
  const because = support.node === '' ? '' : `; ${support.node} below it departs by ${digits(support.deviation)}`;
  const late = below.at - (alerting.track.t.at(-1) ?? below.at);
  const isStale = late > staleRows * phases.step;
  const age = isStale ? `; its newest value is ${digits(late / 60)} min older than the alert` : '';
  if (strength >= 1) return { real: true, confidence: Math.min(0.99, shareOf(strength)), reason: said + because + age };
  if (isStale) return { real: false, confidence: 0, reason: `${said}${age}: it can neither be confirmed nor denied` };
  if (fromPast >= aloneFrom) {
    const lasting = `${value(level.recent)} just before the alert and ${value(level.past)} in the past`;
    return { real: false, confidence: 0, reason: `${is}, ${lasting}: a lasting change, or trouble older than the alert` };
  }
  // What lies well away from the past is denied half-heartedly, however near the last minutes are.
  const denied = Math.min(0.99, 1 - shareOf(Math.max(strength, fromPast > 0 ? fromPast / aloneFrom : 0)));
  const past = fromPast > departure + 1 ? ` than just before the alert, ${digits(fromPast)} than in the past` : '';
  return { real: false, confidence: denied, reason: `${said}${past}, which may be chance${because}` };
}

/** As a quotient of one: the cube of a large strength is beyond every number. */
function shareOf(strength: number): number {
  return 1 / (1 + 0.25 / strength ** 3);
}

function awayOf(departure: number, { direction }: Alerting): string {
  const side = departure < 0 ? 'better' : direction === 'either' ? 'away' : 'worse';
  return `${digits(Math.abs(departure))} standard deviations ${side}`;
}

function judge(alerting: Alerting, requests: Track, phases: Phases): Judged | undefined {
  const values = between(alerting.track, phases.onset, phases.end);
  if (values.length === 0) return undefined;
  const counted = between(requests, phases.onset, phases.end).reduce((sum, rate) => sum + rate, 0) * phases.step;
  const served = requests.t.length > 0 ? counted : assumedInRow * values.length;
  const level = levelOf(
    alerting.track,
    phases,
    alerting.kind === 'availability' ? chanceOf(served) : spreadOf(requests.t.length > 0 ? counted : Number.POSITIVE_INFINITY),
  );
  const known = [level.past, level.recent].filter((value) => !Number.isNaN(value));
  const [first] = known;
  if (first === undefined || !(level.noise > 0)) return undefined;
  const now = mean(values);
  // The nearer of the past and the last minutes counts: a slow drift is far from the one, a lasting change near the other.
  const sign = alerting.direction === 'up' ? 1 : alerting.direction === 'down' ? -1 : Math.sign(now - first);
  const away = (usual: number) => (sign * (now - usual)) / level.noise;
  return { alerting, departure: Math.min(...known.map(away)), fromPast: away(level.past), level, now };
}

/** The node below the alerting one that departs by most, among those in enough trouble to matter to it. */
function supportOf(alerting: Alerting, { scope, seat, troublesOf }: Below): { node: string; deviation: number } {
  const best = { node: '', deviation: 0 };
  for (const troubles of troublesOf(alerting)) {
    const least = supportShare * (troubles.get(seat)?.amount ?? 0);
    for (const [node, trouble] of troubles) {
      if (node === seat || !scope.has(node) || trouble.amount < least || deviation(trouble) <= best.deviation) continue;
      Object.assign(best, { node, deviation: deviation(trouble) });
    }
  }
  return best;
}
