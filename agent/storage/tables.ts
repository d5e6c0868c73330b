/** The rows as they lie on disk. Times are ISO 8601 in UTC with milliseconds, so that text order is time order; JSON is text. */
import type { Generated } from 'kysely';
import type { AlertStatus, Disposition } from '../domain/alert.ts';
import type { IncidentOutcome, IncidentStatus } from '../domain/incident.ts';
import type { ActionRecord, Step } from '../domain/plan.ts';

export interface IncidentTable {
  id: string;
  alert_name: string;
  cluster: string;
  service: string;
  severity: string;
  status: IncidentStatus;
  outcome: IncidentOutcome | null;
  outcome_reason: string;
  started_at: string;
  opened_at: string;
  closed_at: string | null;
  firings: number;
  resolved_at: string | null;
  graph_version: string;
  lease_owner: string | null;
  lease_until: string | null;
  /** Grows with every claim and never shrinks. */
  fencing_token: number;
}

export interface AlertTable {
  id: Generated<number>;
  fingerprint: string;
  name: string;
  status: AlertStatus;
  labels: string;
  annotations: string;
  starts_at: string;
  ends_at: string | null;
  group_key: string;
  received_at: string;
  body_hash: string;
  incident_id: string | null;
  disposition: Disposition;
  reason: string;
}

export interface EvidenceTable {
  /** Order of arrival. */
  seq: Generated<number>;
  id: string;
  incident_id: string;
  body: string;
}

export interface ActionTable {
  seq: Generated<number>;
  key: string;
  incident_id: string;
  step: Step;
  action: string;
  /** `ecs:<cluster>/<service>` */
  target: string;
  plan: string;
  /** SHA-256 of the plan as canonical JSON, hex. */
  plan_hash: string;
  status: ActionRecord['status'];
  detail: string;
  intended_at: string;
  finished_at: string | null;
  verified: ActionRecord['verified'];
}

export interface ApprovalTable {
  seq: Generated<number>;
  id: string;
  incident_id: string;
  plan: string;
  plan_hash: string;
  asked_at: string;
  expires_at: string;
  answer: 'approved' | 'rejected' | null;
  answered_by: string | null;
  answered_at: string | null;
}

export interface AuditTable {
  seq: number;
  at: string;
  incident_id: string | null;
  actor: string;
  event: string;
  detail: string;
  previous_hash: string;
  hash: string;
}

/** One row: the youngest link of the chain, so that a cut tail shows. */
export interface AuditHeadTable {
  id: number;
  seq: number;
  hash: string;
}

export interface SettingTable {
  key: string;
  value: string;
  updated_at: string;
}

export interface Tables {
  incident: IncidentTable;
  alert: AlertTable;
  evidence: EvidenceTable;
  action: ActionTable;
  approval: ApprovalTable;
  audit: AuditTable;
  audit_head: AuditHeadTable;
  setting: SettingTable;
}
