/** What a person's yes covers, looked at again right before the effect: one plan, one claim, once, and only as long as it holds. */

import { claimHash } from '../approval/pins.ts';
import type { ApprovalRequest } from '../approval/store.ts';
import { canonicalHash } from '../audit/canonical-json.ts';
import type { ActionRecord, Plan } from '../domain/plan.ts';
import type { GateResult } from '../domain/verdict.ts';
import type { Fence } from '../incident/store.ts';
import { refuseApprover } from '../policy/approvers.ts';
import type { PolicySettings } from '../policy/request.ts';
import type { NodeDependencies } from './dependencies.ts';
import type { IncidentState } from './state.ts';

type Answered = Pick<IncidentState, 'decided' | 'answered'>;

/** The decided plan, or the narrower one that the approver agreed to. */
export async function plannedChange(deps: Pick<NodeDependencies, 'approvals'>, state: Answered): Promise<Plan | null> {
  return (await answerTo(deps, state))?.narrowedPlan ?? state.decided?.plan ?? null;
}

/** Why the yes does not cover this change, as a gate; null when it does. */
export async function refuseApproved(
  deps: Pick<NodeDependencies, 'approvals' | 'clock'>,
  state: Answered,
  { plan, key }: ActionRecord,
  policy: PolicySettings,
): Promise<GateResult | null> {
  const request = await answerTo(deps, state);
  const reason = request ? against(request, state, plan, deps.clock.now(), policy) : 'nobody has approved this plan';
  if (reason) return denied(reason);
  return request && request.usedBy !== null && request.usedBy !== key ? denied('the approval was used for another change') : null;
}

/** Takes the yes for this change; to be called when nothing else is left to check. A gate when it is taken already. */
export async function useApproval(
  deps: Pick<NodeDependencies, 'approvals'>,
  { answered }: Answered,
  { key }: ActionRecord,
  fence: Fence,
): Promise<GateResult | null> {
  const isTaken = answered !== null && (await deps.approvals.use(answered.id, key, fence));
  return isTaken ? null : denied('the approval was used for another change');
}

/** The answer to exactly the question this decision asked; one to an earlier question of the incident covers nothing. */
async function answerTo(
  { approvals }: Pick<NodeDependencies, 'approvals'>,
  { decided, answered }: Answered,
): Promise<ApprovalRequest | null> {
  if (decided?.kind !== 'ask' || answered === null || answered.id !== decided.approvalId) return null;
  return (await approvals.get(answered.id)) ?? null;
}

function against(request: ApprovalRequest, { decided }: Answered, plan: Plan, now: Date, policy: PolicySettings): string | null {
  if (request.answer !== 'approved' || request.answeredBy === null) return 'nobody has approved this plan';
  const isPinned = request.narrowedPlan
    ? canonicalHash(plan) === canonicalHash(request.narrowedPlan)
    : canonicalHash(plan) === request.planHash;
  if (!isPinned) return 'the plan is not the one that was approved';
  const hypothesis = decided?.hypothesis;
  // Requests of version 0.1 name no claim.
  if (request.claimHash !== '' && (!hypothesis || claimHash(hypothesis) !== request.claimHash)) {
    return 'the plan was approved for another cause';
  }
  const answeredMs = now.getTime() - Date.parse(request.answeredAt ?? '');
  const isFresh = answeredMs <= policy.evidenceMaxAgeSeconds * 1000;
  if (!isFresh && !(now.getTime() < Date.parse(request.expiresAt))) return 'the approval of this plan has expired';
  const asked = { action: plan.action, target: plan.target, requestedBy: request.requestedBy };
  return refuseApprover(policy.approval, asked, 'approved', request.answeredBy);
}

function denied(reason: string): GateResult {
  return { gate: 'approval', decision: 'deny', reason };
}
