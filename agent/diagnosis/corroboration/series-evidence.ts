/**
 * What the past of the metrics says beside the rules. The rules compare two windows; series know how a service usually does. They may lower any
 * claim that rests on metrics, raise one only where they point to the same service and never above its rule's own cap, and lead to a service the rules did not look at, where
 * the rules must find a cause themselves. Without series nothing here changes anything.
 */
import type { Cause, Hypothesis } from '../../domain/cause.ts';
import type { EvidenceId } from '../../domain/ids.ts';
import { highest } from '../facts/score.ts';
import { buildView, type View } from '../facts/view.ts';
import type { DiagnosisInput, DiagnosisSettings } from '../input.ts';

export interface SeriesFinding {
  isReal: boolean;
  /** 0..1: how likely the alerting service deviates from its own past at all. */
  confidence: number;
  /** The node that adds most of the trouble; undefined when none stands out. */
  node: string | undefined;
  /** 0..1: how sure the place is. */
  nodeConfidence: number;
  reason: string;
  /** Of the series that were read. */
  evidence: EvidenceId[];
  /** Nodes of which series were read: of the others they say nothing. */
  measured: ReadonlySet<string>;
}

/** Causes whose claims rest on how requests do; what ECS says of tasks and counts is not refuted by metrics. */
const restsOnMetrics: ReadonlySet<Cause> = new Set([
  'bad-deployment',
  'sick-task',
  'all-tasks-degraded',
  'overload',
  'dependency-fault',
  'cpu-runaway',
]);

/** One more witness, however sure, does not count for more than these odds. */
const mostFor = 2;
const mostAgainst = 4;
/** A place known from series alone is too little to act on. */
const alone = 0.6;

/** Odds times p / (1 − p) of the witness for this claim, within bounds: Bayes' rule for evidence of known worth. */
export function weighSeries(claims: readonly Hypothesis[], finding: SeriesFinding | undefined): Hypothesis[] {
  if (!finding) return [...claims];
  return claims.map((claim) => {
    if (!restsOnMetrics.has(claim.cause)) return claim;
    const { factor, why } = witness(claim, finding);
    if (factor === 1) return claim;
    const odds = (factor * claim.confidence) / (1 - claim.confidence);
    const most = Math.max(claim.confidence, claim.atMost ?? highest);
    const confidence = Math.round(Math.min(most, odds / (1 + odds)) * 100) / 100;
    const evidence = [...new Set([...claim.evidence, ...finding.evidence])].sort();
    return { ...claim, confidence, evidence, because: [...claim.because, why] };
  });
}

function witness(
  claim: Hypothesis,
  { isReal, confidence, node, nodeConfidence, reason, measured }: SeriesFinding,
): { factor: number; why: string } {
  // Among its siblings one task in trouble may not show in what the whole service does, least of all when its requests never end.
  if (!isReal && claim.taskId !== undefined) return { factor: 1, why: '' };
  if (!isReal) return { factor: bounded(confidence, 1), why: `the past of the metrics shows no deviation: ${reason}` };
  if (node === undefined) return { factor: 1, why: '' };
  if (node === claim.service)
    return { factor: Math.max(1, bounded(nodeConfidence, mostFor)), why: `the past of the metrics points there too: ${reason}` };
  if (!measured.has(claim.service)) return { factor: 1, why: '' };
  return { factor: bounded(1 - nodeConfidence, 1), why: `the past of the metrics points to ${node} instead: ${reason}` };
}

function bounded(share: number, most: number): number {
  const odds = share >= 1 ? most : share / (1 - share);
  return Math.min(most, Math.max(1 / mostAgainst, odds));
}

/** Where the series lead, when the rules' own search ended elsewhere and the place lies below the alerting service; undefined otherwise. */
export function placeBySeries(view: View, finding: SeriesFinding | undefined, place: string): string | undefined {
  const node = finding?.isReal && finding.nodeConfidence > 0.5 ? finding.node : undefined;
  if (node === undefined || node === place) return undefined;
  return below(view, view.alert.resource.service).has(node) ? node : undefined;
}

/** As `placeBySeries`, for those who ask about a service before it is judged. */
export function placeToLook(
  input: DiagnosisInput,
  settings: DiagnosisSettings,
  finding: SeriesFinding | undefined,
  place: string,
): string | undefined {
  return finding && placeBySeries(buildView(input, settings), finding, place);
}

/** What the rules claim at a place only the series lead to. */
export function claimsThere(claims: readonly Hypothesis[], finding: SeriesFinding): Hypothesis[] {
  return claims.map((claim) => ({
    ...claim,
    confidence: Math.min(claim.confidence, alone),
    evidence: [...new Set([...claim.evidence, ...finding.evidence])].sort(),
    because: [...claim.because, `only the past of the metrics leads there: ${finding.reason}`],
  }));
}

/** Everything it calls, directly or through others, as signals, traces or the configuration know. */
function below(view: View, service: string): Set<string> {
  const edges = Map.groupBy(view.edges, ({ caller }) => caller);
  const reached = new Set([service]);
  for (const caller of reached) {
    for (const callee of view.calls.get(caller)?.keys() ?? []) reached.add(callee);
    for (const { callee } of edges.get(caller) ?? []) reached.add(callee);
  }
  return reached;
}
