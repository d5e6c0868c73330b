/** Port of the approval store: a request is pinned to one plan, expires, and is answered once. */
import type { IncidentId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { Fence } from '../incident/store.ts';

export interface ApprovalRequest {
  id: string;
  incidentId: IncidentId;
  plan: Plan;
  /** SHA-256 of the plan as canonical JSON, hex: what the approver signs. */
  planHash: string;
  askedAt: string;
  expiresAt: string;
  answer: 'approved' | 'rejected' | null;
  answeredBy: string | null;
  answeredAt: string | null;
}

export interface ApprovalStore {
  /** Idempotent per incident and plan hash: a node that runs again gets the request it made before. `LeaseLostError` for a run that was overtaken. */
  ask(request: { incidentId: IncidentId; plan: Plan; planHash: string; expiresAt: string }, fence: Fence): Promise<ApprovalRequest>;
  /** One conditional update, with its audit entry or not at all: undefined when there is none pending, it has expired, or somebody answered first. */
  answer(id: string, answer: 'approved' | 'rejected', by: string): Promise<ApprovalRequest | undefined>;
  get(id: string): Promise<ApprovalRequest | undefined>;
  pending(): Promise<ApprovalRequest[]>;
  ofIncident(incidentId: IncidentId): Promise<ApprovalRequest[]>;
}
