/** A request for approval as the decision would make it. */
import { claimHash, evidenceHash } from '../approval/pins.ts';
import type { NewApproval } from '../approval/store.ts';
import { canonicalHash } from '../audit/canonical-json.ts';
import type { Hypothesis } from '../domain/cause.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import { planOf } from './plan.ts';

/** The restart of a service all of whose tasks are slow, open until 2999, unless the test says otherwise. */
export function newApproval(incidentId: IncidentId, change: Partial<NewApproval> = {}): NewApproval {
  const plan: Plan = change.plan ?? planOf();
  const hypothesis: Hypothesis = change.hypothesis ?? {
    cause: 'all-tasks-degraded',
    service: plan.target.service,
    confidence: 0.8,
    evidence: [],
    because: ['every task is slow'],
    refutedBy: 'a task that is fast',
  };
  return {
    incidentId,
    plan,
    planHash: canonicalHash(plan),
    hypothesis,
    claimHash: claimHash(hypothesis),
    evidenceHash: evidenceHash(hypothesis, []),
    requestedBy: [],
    warning: null,
    expiresAt: '2999-01-01T00:00:00.000Z',
    ...change,
  };
}
