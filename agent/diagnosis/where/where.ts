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
import type { Case, RankedNode } from '../case/case.ts';
import { median } from '../statistics/robust.ts';
import { type Alerting, alertingOf } from './alerting.ts';
import { callsOf } from './calls.ts';
import { findingsOf } from './findings.ts';
import { nodesOf } from './nodes.ts';
import { assumedInRow, chanceOf, shareOfLevel } from './noise.ts';
import { phasesOf } from './phases.ts';
import { rank } from './rank.ts';
import { type IsReal, isReal } from './real.ts';
import { emptyTrack, stepOf, type Track } from './track.ts';

export interface Where {
  isReal: IsReal;
  /** Nothing departs from its usual, or there is nothing to judge by: the ranking is then a guess. */
  abstain: boolean;
  /** When the trouble began, in Unix seconds. */
  onset: number;
  /** Every suspect, best first, with scores from 0 to about 1; the alerting node alone, with 0, when nobody is in trouble. */
  ranked: RankedNode[];
}

export function where(incident: Case): Where {
  const seat = incident.alert.node;
  const nodes = nodesOf(incident.metrics);
  const alertings = alertingOf(incident, nodes);
  const tracks = [...nodes.values()].flatMap((node) => [node.latency, node.availability, node.requests, ...node.others.values()]);
  const [alerting] = alertings;
  const waver = alerting?.kind === 'availability' ? chanceOf(requestsInRow(nodes.get(seat)?.requests ?? emptyTrack)) : shareOfLevel;
  const phases = phasesOf(incident.alert.at, alerting?.track ?? emptyTrack, tracks, waver);
  const calls = callsOf(incident, nodes);
  const findings = findingsOf(nodes, calls, phases);
  const { delays, failures, silent } = findings;
  const troublesOf = ({ kind }: Alerting) => (kind === 'latency' ? [delays] : kind === 'availability' ? [failures] : [delays, failures]);
  const below = { at: incident.alert.at, scope: calls.scope, seat, troublesOf };
  const verdict = isReal(alertings, nodes.get(seat)?.requests ?? emptyTrack, phases, silent.includes(seat), below);
  const ranked = rank(findings, new Set(alertings.map(({ kind }) => kind)), calls.scope);
  return {
    isReal: verdict,
    abstain: !verdict.real,
    onset: phases.onset,
    ranked: ranked.length > 0 ? ranked : [{ node: seat, score: 0, evidence: [] }],
  };
}

function requestsInRow(requests: Track): number {
  const usual = median(requests.v) * stepOf(requests);
  return usual > 0 ? usual : assumedInRow;
}
