/** Is the alert real: does the alerting series depart from its past and from the minutes before the onset by more than it always wavers. */
import type { Alerting } from './alerting.ts';
import { deviation } from './excess.ts';
import { type Level, levelOf } from './level.ts';
import { chanceOf, spreadOf } from './noise.ts';
import type { Phases } from './phases.ts';
import { digits } from './sentences.ts';
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

interface Judged {
  alerting: Alerting;
  /** In standard deviations, in the direction that is worse. */
  departure: number;
  level: Level;
  now: number;
}

export interface Below {
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
  const { alerting, departure, level, now } = worst;
  const support = supportOf(alerting, below);
  const said = `${alerting.name} of ${below.seat} is ${digits(now)}, usually ${digits(level.usual)}: ${digits(departure)} standard deviations worse`;
  const strength =
    departure < leastDeparture
      ? 0
      : departure / (Number.isNaN(level.past) ? unknownPast * aloneFrom : aloneFrom) + support.deviation / supportFrom;
  // As a quotient of one: the cube of a large strength is beyond every number.
  const share = 1 / (1 + 0.25 / strength ** 3);
  const because = support.node === '' ? '' : `; ${support.node} below it departs by ${digits(support.deviation)}`;
  if (strength >= 1) return { real: true, confidence: Math.min(0.99, share), reason: said + because };
  return { real: false, confidence: Math.min(0.99, 1 - share), reason: `${said}, which may be chance${because}` };
}

function judge(alerting: Alerting, requests: Track, phases: Phases): Judged | undefined {
  const values = between(alerting.track, phases.onset, phases.end);
  if (values.length === 0) return undefined;
  // Where nobody counts requests: a row that has a value has had one at least.
  const counted = between(requests, phases.onset, phases.end).reduce((sum, rate) => sum + rate, 0) * phases.step;
  const served = requests.t.length > 0 ? counted : values.length;
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
  return { alerting, departure: Math.min(...known.map((usual) => (sign * (now - usual)) / level.noise)), level, now };
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
