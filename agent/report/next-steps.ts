/** What a person should look at next, from what the agent found, did and was not allowed to do. Pure. */
import { isUndoOf } from '../action/ledger.ts';
import { remedies } from '../diagnosis/rules/remedies.ts';
import { type Cause, causes } from '../domain/cause.ts';
import type { IncidentOutcome } from '../domain/incident.ts';
import type { ActionRecord } from '../domain/plan.ts';
import type { GateName } from '../domain/verdict.ts';

export interface NextStepsInput {
  outcome: IncidentOutcome | null;
  conclusion: string | null;
  /** The surest claim. */
  claim: { cause: string; service: string; change?: string | undefined; refutedBy: string } | null;
  sources: readonly { source: string; status: string; detail: string }[];
  /** Of the last verdict. */
  gates: readonly { gate: string; decision: string; reason: string }[];
  changes: readonly ActionRecord[];
  lastVerification: { result: string; reasons: readonly string[] } | null;
}

/** What lifts a refusal; a gate without words here is about the trouble itself, and its reason says all. */
const lifts: Partial<Record<GateName, string>> = {
  'kill-switch': 'turn the kill switch off when the agent may work again',
  'feature-flag': 'turn the feature flag of the action on, if the agent may do this',
  'policy-file': 'mend the policy file; until then nothing is allowed',
  'protected-target': 'the service is on the protected list: this one is for people',
  confidence: 'the claim is too weak to act on: weigh the evidence below yourself',
  'evidence-complete': 'find out why the source did not answer in full',
  'freeze-window': 'it is a time in which nothing is changed',
  cooldown: 'the service was changed a short while ago: look at what that change did first',
  'circuit-breaker': 'changes like this one have failed repeatedly: do not repeat it by hand without a new reason',
  'mass-failure': 'much is in trouble at once: suspect the ground they share (network, database, monitoring) before the service',
  autonomy: 'the action is not yet trusted to run by itself: carry the plan out by hand, or raise its level',
};

export function nextSteps(input: NextStepsInput): string[] {
  const { outcome, conclusion, claim, sources, gates, changes, lastVerification } = input;
  const steps: string[] = [];
  for (const left of stillInPlace(changes)) steps.push(left);
  if (outcome === 'fixed') return [...steps, ...afterFix(changes, claim)];
  if (outcome !== 'escalated') return steps;
  if (lastVerification && lastVerification.result !== 'recovered') {
    steps.push(`See whether users are well: the last look said ${lastVerification.result}. ${lastVerification.reasons.join(' ')}`);
  }
  if (claim && isCause(claim.cause)) {
    const remedy = remedies[claim.cause];
    steps.push(`For ${claim.cause} in ${claim.service}: ${remedy.kind === 'action' ? remedy.otherwise : remedy.advice}.`);
    if (claim.refutedBy) steps.push(`The claim is wrong if: ${claim.refutedBy.replace(/\.$/, '')}.`);
  } else if (conclusion === 'inconclusive') {
    steps.push('No cause stands out: start with what users see, and with what changed shortly before.');
  }
  for (const { gate, reason } of gates.filter(({ decision }) => decision === 'deny')) {
    const lift = Object.hasOwn(lifts, gate) ? lifts[gate as GateName] : undefined;
    if (lift) steps.push(`${gate}: ${lift}. (${reason})`);
  }
  for (const { source, detail } of sources.filter(({ status }) => status === 'failed')) {
    steps.push(`${source} did not answer, so nothing it knows was weighed: ${detail || 'no reason given'}.`);
  }
  return steps;
}

/** What we changed and did not put back: the next person must know of it before anything else. */
function stillInPlace(changes: readonly ActionRecord[]): string[] {
  const undone = changes.filter(({ step, status }) => step === 'undo' && status === 'done');
  return changes
    .filter(({ step, status, plan }) => step === 'execute' && plan.blastRadius.services > 0 && (status === 'done' || status === 'unknown'))
    .filter(({ key }) => !undone.some((undo) => isUndoOf(key, undo)))
    .map(({ plan, status, verified }) => {
      const sure = status === 'unknown' ? 'perhaps in place (nobody could confirm it)' : 'in place';
      const way = plan.undo.kind === 'restore' ? `to put it back: ${plan.undo.summary}` : `it cannot be put back: ${plan.undo.reason}`;
      return `Our change is ${sure}: ${plan.summary}${verified ? ` (${verified})` : ''}; ${way}.`;
    });
}

/** A roll-back cures the running service, not the code: the next deployment would bring the fault back. */
function afterFix(changes: readonly ActionRecord[], claim: NextStepsInput['claim']): string[] {
  const cured = changes.filter(({ step, verified }) => step === 'execute' && verified === 'recovered');
  const steps = cured.flatMap(({ plan }) => {
    switch (plan.action) {
      case 'roll-back-deployment':
        return [
          `Mend or revert what came with the release${claim?.change ? ` (commit ${claim.change})` : ''} before ${plan.target.service} is deployed again.`,
        ];
      case 'stop-task':
      case 'restart-tasks':
      case 'force-new-deployment':
        return [`Find out why the tasks of ${plan.target.service} went bad: a restart takes the effect away, not the reason.`];
      default:
        return [];
    }
  });
  return [...new Set(steps)];
}

function isCause(text: string): text is Cause {
  return (causes as readonly string[]).includes(text);
}
