/** Asks a person for a yes to one plan; not when nobody may say it, and not when the change could not be made with it either. */
import type { Action } from '../action/action.ts';
import { claimHash, evidenceHash } from '../approval/pins.ts';
import { canonicalHash } from '../audit/canonical-json.ts';
import type { Hypothesis } from '../domain/cause.ts';
import { EvidenceId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { Plan } from '../domain/plan.ts';
import type { Fence } from '../incident/store.ts';
import { nobodyMayApprove } from '../policy/approvers.ts';
import { isFault } from '../policy/in-force.ts';
import type { NodeDependencies } from './dependencies.ts';
import { record } from './nodes/node.ts';

export interface Question {
  incident: Incident;
  hypothesis: Hypothesis;
  plan: Plan;
  evidenceIds: readonly string[];
  signal: AbortSignal;
  fence: Fence;
}

export async function askApproval(deps: NodeDependencies, question: Question): Promise<{ approvalId: string } | { refused: string }> {
  const { incident, hypothesis, plan, fence } = question;
  const policy = deps.policy();
  if (isFault(policy)) return { refused: policy.fault };
  const requestedBy = await requestersOf(deps, incident);
  const nobody = nobodyMayApprove(policy.approval, { action: plan.action, target: plan.target, requestedBy });
  if (nobody) return { refused: nobody };
  const rights = await rightsFor(deps, question);
  if (rights.kind === 'missing') return { refused: rights.reason };
  const evidence = await deps.evidence.get(question.evidenceIds.map((id) => EvidenceId.parse(id)));
  const request = await deps.approvals.ask(
    {
      incidentId: incident.id,
      plan,
      planHash: canonicalHash(plan),
      hypothesis,
      claimHash: claimHash(hypothesis),
      evidenceHash: evidenceHash(hypothesis, evidence),
      requestedBy,
      warning: rights.kind === 'unknown' ? rights.reason : null,
      expiresAt: new Date(deps.clock.now().getTime() + deps.run.approvalTtlSeconds * 1000).toISOString(),
    },
    fence,
  );
  const { id: approvalId, planHash, evidenceHash: pinned, warning, expiresAt } = request;
  await record(deps, fence, 'decision', 'approval-asked', { approvalId, planHash, evidenceHash: pinned, warning, expiresAt });
  deps.logger.info({ incidentId: incident.id, approvalId, action: plan.action }, 'approval asked');
  return { approvalId };
}

/**
 * The people whose alerts these are: one who sends an alert by hand names themselves in its label `requested_by`. Whoever could forge it can only
 * take a person the right to approve.
 */
async function requestersOf({ incidents }: NodeDependencies, { id }: Incident): Promise<string[]> {
  const named = (await incidents.labelled(id, 'requested_by')).map((name) => name.trim().slice(0, 100));
  return [...new Set(named)].filter(Boolean);
}

async function rightsFor({ catalog, rights }: NodeDependencies, { plan, signal }: Question): ReturnType<NodeDependencies['rights']> {
  const action: Action | undefined = catalog.find((one) => one.id === plan.action);
  return rights(action?.rights?.(plan) ?? [], signal, plan.action);
}
