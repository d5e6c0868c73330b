/**
 * Where is the fault, and is there one. Pure functions over the metrics and calls of one case; logs and changes are other folders' work.
 *
 * The method, in plain words. The rows of a case are the past, the minutes before the onset, and the incident (`phases.ts`). Of each node three
 * things are taken: its latency, its availability, its traffic (`nodes.ts`). What a node usually shows is the median of its past, or that of the last
 * minutes where these have drifted away from it; how far it strays by itself is measured over stretches as long as the incident (`level.ts`).
 *
 *     trouble(node)   = traffic · (value now − value usual)                 seconds of delay, or failed requests, per second (`excess.ts`)
 *     own(node)       = max(0, trouble(node) − Σ trouble(callee)) · certainty           over the callees that depart at all (`blame.ts`)
 *     certainty       = z² / (z² + 1),   z = trouble(node) / what it strays by itself
 *     score(node)     = own / largest own,   of the kind the alert is about, plus a tenth of that of the other kind
 *
 * A fault raises the numbers of everyone above it, so the loudest node is often a mere caller; what remains after the callees' part is taken off
 * is largest where the fault sits, and of several views of one thing the deepest keeps it. Then trouble is moved to where it belongs although
 * no sum shows it: into the gap between two nodes' views of one call (`gaps.ts`), to the thing behind a view (`views.ts`), to a callee its callers
 * gave up on (`timeouts.ts`), to one that stopped reporting (`silence.ts`). Other metrics of a node speak for it (`resources.ts`).
 * Whether the alert is real is asked of the alerting series itself and of the nodes below it (`real.ts`).
 *
 * Names and the order of the input are never evidence. Only nodes that nothing at all tells apart are put in order by name.
 */
import type { Case, RankedNode } from '../case.ts';
import { type Alerting, alertingOf, type Kind } from './alerting.ts';
import { type Blames, blameOf } from './blame.ts';
import { type Calls, callsOf } from './calls.ts';
import { deviation } from './excess.ts';
import { blameGaps, gapsOf } from './gaps.ts';
import { type NodeSeries, nodesOf } from './nodes.ts';
import { type Phases, phasesOf } from './phases.ts';
import { type IsReal, isReal } from './real.ts';
import { departuresOf } from './resources.ts';
import { delaySentence, departureSentence, failureSentence, silentSentence } from './sentences.ts';
import { blameSilent, silentNodes } from './silence.ts';
import { blameTimeouts } from './timeouts.ts';
import { emptyTrack } from './track.ts';
import { type Troubles, troublesOf } from './troubles.ts';
import { mergeViews } from './views.ts';

export interface Where {
  isReal: IsReal;
  /** Nothing departs from its usual, or there is nothing to judge by: the ranking is then a guess. */
  abstain: boolean;
  /** When the trouble began, in Unix seconds. */
  onset: number;
  /** Every suspect, best first, with scores from 0 to about 1; the alerting node alone when nobody is in trouble. */
  ranked: RankedNode[];
}

/** The kind of trouble the alert is not about counts this much: it breaks ties and fills gaps. */
const otherKind = 0.1;
/** So do nodes the alerting node does not reach: a call graph may be incomplete. */
const outOfReach = 0.1;
/** What a departure of another metric adds to a suspect, as a share of its score; and the score of a node nothing else is known of. */
const departureBonus = 0.2;
const departureAlone = 0.05;
/** Trouble of fewer standard deviations is not told, and a suspect with a smaller score is none. */
const leastTold = 1;
const leastScore = 0.001;

interface Findings {
  delays: Troubles;
  failures: Troubles;
  delayBlames: Blames;
  failureBlames: Blames;
  silent: readonly string[];
}

export function where(incident: Case): Where {
  const nodes = nodesOf(incident.metrics);
  const seat = nodes.get(incident.alert.node);
  const alertings = alertingOf(incident, nodes);
  const tracks = [...nodes.values()].flatMap(({ latency, availability, requests, others }) => [
    latency,
    availability,
    requests,
    ...others.values(),
  ]);
  const phases = phasesOf(incident.alert.at, alertings[0]?.track ?? emptyTrack, tracks);
  const calls = callsOf(incident, nodes);
  const findings = findingsOf(nodes, calls, phases);
  const { delays, failures, silent } = findings;
  const troublesBelow = ({ kind }: Alerting) => (kind === 'latency' ? [delays] : kind === 'availability' ? [failures] : [delays, failures]);
  const verdict = isReal(alertings, seat?.requests ?? emptyTrack, phases, silent.includes(incident.alert.node), {
    scope: calls.scope,
    seat: incident.alert.node,
    troublesOf: troublesBelow,
  });
  const kinds = new Set(alertings.map(({ kind }) => kind));
  return {
    isReal: verdict,
    abstain: !verdict.real,
    onset: phases.onset,
    ranked: rank(incident.alert.node, nodes, calls, phases, findings, kinds),
  };
}

function findingsOf(nodes: ReadonlyMap<string, NodeSeries>, calls: Calls, phases: Phases): Findings {
  const { delays, failures } = troublesOf(nodes, phases);
  const gaps = gapsOf(nodes, phases);
  const seen = (caller: string, callee: string) => gaps.find((gap) => gap.caller === caller && gap.callee === callee)?.seen;
  const delayBlames = blameOf(delays, calls, seen);
  const failureBlames = blameOf(failures, calls, () => undefined);
  blameGaps(delayBlames, gaps);
  mergeViews(delayBlames, delays, calls, nodes, ({ latency }) => latency, phases);
  mergeViews(failureBlames, failures, calls, nodes, ({ availability }) => availability, phases);
  blameTimeouts(failures, failureBlames, delayBlames, delays, calls);
  const silent = silentNodes(nodes, phases);
  blameSilent(delayBlames, silent, calls);
  blameSilent(failureBlames, silent, calls);
  return { delays, failures, delayBlames, failureBlames, silent };
}

function rank(
  alerting: string,
  nodes: ReadonlyMap<string, NodeSeries>,
  calls: Calls,
  phases: Phases,
  { delays, failures, delayBlames, failureBlames, silent }: Findings,
  kinds: ReadonlySet<Kind>,
): RankedNode[] {
  // An alert about neither kind, or about both, is about half of each.
  const isAboutOne = kinds.size === 1 && !kinds.has('other');
  const weightOf = (kind: Kind) => (!isAboutOne ? 0.5 : kinds.has(kind) ? 1 : otherKind);
  const reach = (node: string) => (calls.scope.has(node) ? 1 : outOfReach);
  const most = (blames: Blames) => [...blames].reduce((best, [node, { own }]) => Math.max(best, own * reach(node)), 0);
  const parts = [
    { blames: delayBlames, troubles: delays, weight: weightOf('latency') / most(delayBlames), say: delaySentence },
    { blames: failureBlames, troubles: failures, weight: weightOf('availability') / most(failureBlames), say: failureSentence },
  ].filter(({ weight }) => Number.isFinite(weight));
  const known = new Set([...nodes.keys(), ...delayBlames.keys(), ...failureBlames.keys()]);
  const suspects = [...known].map((name): RankedNode & { loudness: number } => {
    const evidence: string[] = [];
    let [score, loudness] = [0, 0];
    for (const { blames, troubles, weight, say } of parts) {
      const blame = blames.get(name);
      const trouble = troubles.get(name);
      if (!blame) continue;
      score += weight * blame.own * reach(name);
      loudness += Math.max(0, trouble?.amount ?? 0);
      if (blame.own > 0 && trouble && deviation(trouble) >= leastTold) evidence.push(say(trouble, blame));
      evidence.push(...blame.because);
    }
    if (silent.includes(name)) evidence.unshift(silentSentence());
    const node = nodes.get(name);
    const departures = node ? departuresOf(node, phases) : [];
    evidence.push(...departures.slice(0, 3).map(departureSentence));
    if (departures.length > 0) score = Math.max(score * (1 + departureBonus), departureAlone * reach(name));
    return { node: name, score, evidence, loudness };
  });
  const ranked = suspects
    .filter(({ score }) => score >= leastScore)
    .sort((a, b) => b.score - a.score || b.loudness - a.loudness || (a.node < b.node ? -1 : 1))
    .map(({ node, score, evidence }) => ({ node, score, evidence }));
  return ranked.length > 0 ? ranked : [{ node: alerting, score: 0, evidence: [] }];
}
