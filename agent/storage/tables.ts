/** The rows as they lie on disk. Times are ISO 8601 in UTC with milliseconds, so that text order is time order; JSON is text. */
import type { Generated } from 'kysely';
import type { AlertStatus, Disposition } from '../domain/alert.ts';
import type { IncidentOutcome, IncidentStatus } from '../domain/incident.ts';
import type { NotificationSource } from '../domain/notification.ts';
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
  /** Failures of its run in a row, so that a restart does not forget them. */
  run_failures: Generated<number>;
  /** When the closed incident's checkpoints were thrown away. */
  pruned_at: Generated<string | null>;
}

/** A webhook as it came, or what a look at Alertmanager brought: on disk before it is answered, sorted into alerts afterwards. */
export interface NotificationTable {
  /** Order of arrival. */
  seq: Generated<number>;
  source: NotificationSource;
  /** SHA-256 of the body, hex. */
  body_hash: string;
  /** Thrown away some time after the sorting. */
  body: Buffer | null;
  received_at: string;
  alerts: number;
  /** Alerts that Alertmanager left out (`truncatedAlerts`). */
  truncated: number;
  status: 'waiting' | 'sorted' | 'quarantined';
  /** So many of its alerts have been sorted: a long one is sorted in several transactions. */
  sorted_alerts: number;
  /** How often the same bytes came again. */
  copies: number;
  last_copy_at: string | null;
  /** Attempts to sort it that failed. */
  failures: number;
  fault: string;
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
  /** `seq` of the notification it came with. */
  notification: Generated<number | null>;
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
  /** Of the lease under which it was intended. */
  fencing_token: Generated<number>;
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
  /** Names the key of the HMAC; empty for the plain SHA-256 of rows that are older than the key. */
  key_id: Generated<string>;
}

/** One row: the youngest link of the chain, so that a cut tail shows. */
export interface AuditHeadTable {
  id: number;
  seq: number;
  hash: string;
  /** From this row on every row carries a key. */
  keyed_from: Generated<number | null>;
}

export interface SettingTable {
  key: string;
  value: string;
  updated_at: string;
}

export interface Tables {
  notification: NotificationTable;
  incident: IncidentTable;
  alert: AlertTable;
  evidence: EvidenceTable;
  action: ActionTable;
  approval: ApprovalTable;
  audit: AuditTable;
  audit_head: AuditHeadTable;
  setting: SettingTable;
}
