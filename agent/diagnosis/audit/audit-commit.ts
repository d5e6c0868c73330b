/**
 * Holds a claim against what the changes contain, where a source read them. Innocent until matched: a change that fits is cited, "none" is said.
 * It never raises a confidence. That words of strangers fit proves little, so a match elsewhere lowers by no more than its own odds, bounded; and a
 * release is not shielded by a change that ECS does not show to be out: anybody who may commit could write one that fits better.
 */
import type { Hypothesis } from '../../domain/cause.ts';
import type { EvidenceId } from '../../domain/ids.ts';
import { isSameSha } from '../change/candidates.ts';
import { findChange } from '../change/find-change.ts';
import { caseOfFacts, changeId } from '../facts/case-of-facts.ts';
import type { CitedFact, DiagnosisInput } from '../input.ts';

export interface CommitFinding {
  /** The change that fits: its commit or, when it has none, where and when it was made. Empty: none fits. */
  change: string;
  /** Its commit; empty when it has none. */
  sha: string;
  /** Services it came out in; empty when that is not known. */
  services: ReadonlySet<string>;
  /** Those of them that ECS itself shows to run it. */
  running: ReadonlySet<string>;
  /** 0..1 */
  confidence: number;
  /** A sentence about it. */
  note: string;
  evidence: EvidenceId[];
}

const noteLength = 240;
const mostAgainst = 4;

/** undefined when no source told of any change: then nothing is said, not even "none". */
export function commitFinding(input: DiagnosisInput): CommitFinding | undefined {
  const told = input.facts.filter((fact) => fact.kind === 'change');
  if (told.length === 0) return undefined;
  const verdict = findChange(caseOfFacts(input));
  const [why = ''] = verdict.evidence;
  if (verdict.change === 'none') {
    const note = `no change is blamed for its content (${told.length} read)`;
    return { change: '', sha: '', services: new Set(), running: new Set(), confidence: verdict.confidence, note, evidence: [] };
  }
  const own = told.filter((fact) => isSameSha(changeId(fact), verdict.change));
  return {
    change: verdict.change,
    running: new Set([...own.filter(({ sha }) => sha === '').map(({ service }) => service), ...runningIt(input.facts, verdict.change)]),
    sha: own.some(({ sha }) => sha !== '') ? verdict.change : '',
    services: new Set([...own.map(({ service }) => service), ...deployedWith(input.facts, verdict.change)].filter((name) => name !== '')),
    confidence: verdict.confidence,
    note: `change ${own.some(({ sha }) => sha !== '') ? verdict.change.slice(0, 12) : verdict.change} fits the trouble (${verdict.confidence.toFixed(2)}): ${why}`.slice(
      0,
      noteLength,
    ),
    evidence: [...new Set(own.map(({ evidenceId }) => evidenceId))].sort(),
  };
}

function deployedWith(facts: readonly CitedFact[], sha: string): string[] {
  return facts
    .filter((fact) => fact.kind === 'task-definition')
    .filter((fact) => fact.sha !== '' && isSameSha(fact.sha, sha))
    .map(({ service }) => service);
}

/** Services whose primary deployment was built from it. What has no commit only ECS tells of. */
function runningIt(facts: readonly CitedFact[], sha: string): string[] {
  const built = new Set(
    facts
      .filter((fact) => fact.kind === 'task-definition')
      .filter((fact) => fact.sha !== '' && isSameSha(fact.sha, sha))
      .map(({ taskDefinition }) => taskDefinition),
  );
  return facts
    .filter((fact) => fact.kind === 'deployment')
    .filter(({ status, taskDefinition }) => status === 'PRIMARY' && built.has(taskDefinition))
    .map(({ service }) => service);
}

/** The claim beside the finding: with the change it fits, lowered, or as it was. */
export function withCommit(claim: Hypothesis, finding: CommitFinding | undefined): Hypothesis {
  if (!finding || finding.change === '' || !isOfRequests(claim)) return claim;
  const isHere = finding.services.size === 0 || finding.services.has(claim.service);
  if (claim.cause === 'bad-deployment' && isHere) {
    const evidence = [...new Set([...claim.evidence, ...finding.evidence])].sort();
    return { ...claim, ...(finding.sha === '' ? {} : { change: finding.sha }), evidence, because: [...claim.because, finding.note] };
  }
  // A restart starts the same code again, and a release of one service is not the change of another.
  const elsewhere = claim.cause === 'bad-deployment' ? finding.running : finding.services;
  if (elsewhere.size === 0 || finding.confidence <= 0.5) return claim;
  const against = Math.max(1 / mostAgainst, (1 - finding.confidence) / finding.confidence);
  const odds = (against * claim.confidence) / (1 - claim.confidence);
  const confidence = Math.min(claim.confidence, Math.round((100 * odds) / (1 + odds)) / 100);
  const evidence = [...new Set([...claim.evidence, ...finding.evidence])].sort();
  return { ...claim, confidence, evidence, because: [...claim.because, finding.note] };
}

/** What ECS says of tasks, places and counts is not explained by what a commit contains. */
function isOfRequests({ cause }: Hypothesis): boolean {
  switch (cause) {
    case 'bad-deployment':
    case 'sick-task':
    case 'all-tasks-degraded':
    case 'overload':
    case 'cpu-runaway':
      return true;
    default:
      return false;
  }
}
