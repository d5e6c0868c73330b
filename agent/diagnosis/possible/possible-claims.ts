/**
 * Where no rule is sure, what could be the matter at all: the closed list a model may pick from. On it stands only what an action could mend,
 * in a service that was seen and may be ill, and what the audit holds nothing weighty against.
 */
import type { Cause, Hypothesis } from '../../domain/cause.ts';
import { review } from '../audit/audit-changes.ts';
import { missingEvidence } from '../facts/completeness.ts';
import { buildView, runningTasks, type View } from '../facts/view.ts';
import type { DiagnosisInput, DiagnosisSettings } from '../input.ts';
import { allClear } from '../rules/no-fault.ts';
import { remedies } from '../rules/remedies.ts';
import { sceneOf } from '../rules/rule.ts';

export type PossibleClaim = Pick<Hypothesis, 'cause' | 'service' | 'taskId'>;

/** What is picked from the list is never as sure as what a rule says. */
const pickedConfidence = 0.3;
/** Whatever the audit would leave less of is not worth a person's time. */
const leastAfterAudit = 0.5;
/** More than anybody reads; the services come in the order of their distance. */
const maxClaims = 60;
const maxTasks = 10;

/** Their action takes one task, so that a claim without one could not be mended. */
const ofOneTask: ReadonlySet<Cause> = new Set(['sick-task', 'cpu-runaway', 'health-check-failure']);
const mendable = (Object.keys(remedies) as Cause[]).filter((cause) => remedies[cause].kind === 'action');

/** `services`: those the inventory knows, the nearest to the trouble first. Empty as long as evidence is missing. */
export function possibleClaims(input: DiagnosisInput, settings: DiagnosisSettings, services: readonly string[]): PossibleClaim[] {
  const view = buildView(input, settings);
  if (missingEvidence(input, view, settings) !== undefined) return [];
  return services
    .filter((service) => view.states.has(service) && isSuspect(view, service))
    .flatMap((service) => mendable.flatMap((cause) => claimsOf(view, cause, service)))
    .filter((claim) => isWorthAsking(claim, view))
    .slice(0, maxClaims);
}

/** `reason` is the model's, made harmless by the caller. */
export function pickedClaim(
  claim: PossibleClaim,
  { reason, evidence, model }: { reason: string; evidence: Hypothesis['evidence']; model: string },
): Hypothesis {
  return {
    ...claim,
    confidence: pickedConfidence,
    atMost: pickedConfidence,
    evidence,
    because: [`no rule found a cause; the model ${model} proposes this one`, `in the model's words: ${reason}`],
    refutedBy: 'Whatever the evidence it cites does not bear out.',
    proposedBy: 'model',
  };
}

export function isSameClaim(one: PossibleClaim, other: PossibleClaim): boolean {
  return one.cause === other.cause && one.service === other.service && one.taskId === other.taskId;
}

/** Of the others, one that is fine by every signal is left alone. */
function isSuspect(view: View, service: string): boolean {
  return service === view.alert.resource.service || allClear(sceneOf(view, service, [service])) === undefined;
}

function claimsOf(view: View, cause: Cause, service: string): PossibleClaim[] {
  if (!ofOneTask.has(cause)) return [{ cause, service }];
  return runningTasks(view, service)
    .slice(0, maxTasks)
    .map(({ taskId }) => ({ cause, service, taskId }));
}

function isWorthAsking(claim: PossibleClaim, view: View): boolean {
  const hypothesis: Hypothesis = { ...claim, confidence: 1, evidence: [], because: [], refutedBy: '' };
  return review(hypothesis, view).every(({ veto, atMost = 1 }) => !veto && atMost >= leastAfterAudit);
}
