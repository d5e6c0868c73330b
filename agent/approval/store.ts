/** Port of the approval store: a request is pinned to one plan and one claim, expires, is answered once and used once. */
import type { Hypothesis } from '../domain/cause.ts';
import type { ActionKey, IncidentId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { Fence } from '../incident/store.ts';

export interface ApprovalRequest {
  id: string;
  incidentId: IncidentId;
  plan: Plan;
  /** SHA-256 of the plan as canonical JSON, hex: what the approver signs. */
  planHash: string;
  /** What the plan is to cure; null for a request that an older version made. */
  hypothesis: Hypothesis | null;
  /** SHA-256 of cause and place (`claimHash`), hex: a yes covers no other claim. Empty for a request that an older version made. */
  claimHash: string;
  /** SHA-256 over everything the claim was made from, hex: what the person could read before they answered. */
  evidenceHash: string | null;
  /** Who asked for it; nobody when the agent did by itself. None of them can approve it. */
  requestedBy: readonly string[];
  /** What an approver should know before they agree, for example that the permissions could not be checked. */
  warning: string | null;
  askedAt: string;
  expiresAt: string;
  answer: 'approved' | 'rejected' | null;
  answeredBy: string | null;
  answeredAt: string | null;
  /** The plan the approver agreed to in place of `plan`: it asks for no more. */
  narrowedPlan: Plan | null;
  /** The change that was made under it: no other can be. */
  usedBy: ActionKey | null;
}

export interface NewApproval {
  incidentId: IncidentId;
  plan: Plan;
  planHash: string;
  hypothesis: Hypothesis;
  claimHash: string;
  evidenceHash: string;
  requestedBy: readonly string[];
  warning: string | null;
  expiresAt: string;
}

export interface Answer {
  answer: 'approved' | 'rejected';
  by: string;
  /** Where it came in, for the audit trail. */
  via: 'api' | 'slack';
  narrowedPlan?: Plan;
}

export interface ApprovalStore {
  /**
   * Idempotent per incident, plan and claim until the answer is used: a node that runs again gets the request it made before.
   * `LeaseLostError` for a run that was overtaken.
   */
  ask(request: NewApproval, fence: Fence): Promise<ApprovalRequest>;
  /** One conditional update, with its audit entry or not at all: undefined when there is none pending, it has expired, or somebody answered first. */
  answer(id: string, answer: Answer): Promise<ApprovalRequest | undefined>;
  /** Takes the yes for one change, for good. False when another change has it, or there is no yes. The same change may take it again. */
  use(id: string, change: ActionKey, fence: Fence): Promise<boolean>;
  get(id: string): Promise<ApprovalRequest | undefined>;
  pending(): Promise<ApprovalRequest[]>;
  ofIncident(incidentId: IncidentId): Promise<ApprovalRequest[]>;
}
