/** The rows as they lie on disk. Times are ISO 8601 in UTC with milliseconds, so that text order is time order; JSON is text. */
import type { Generated } from 'kysely';
import type { PutBackEnd } from '../action/put-back/store.ts';
import type { AlertStatus, Disposition } from '../domain/alert.ts';
import type { IncidentOutcome, IncidentStatus } from '../domain/incident.ts';
import type { NotificationSource } from '../domain/notification.ts';
import type { ActionRecord, Step } from '../domain/plan.ts';
import type { Autonomy } from '../domain/verdict.ts';
import type { Role } from '../llm/adviser.ts';
import type { PriceSource } from '../llm/budget/prices.ts';
import type { Narration, NarrationKind } from '../narration/store.ts';
import type { ShadowResult } from '../policy/earned/experience.ts';

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
  /** When it was judged; null as well for what a version judged that did not write it down. */
  verified_at: Generated<string | null>;
  /** Of the lease under which it was intended. */
  fencing_token: Generated<number>;
}

/** What is owed: a change that is meant for a time only, until it is put back or given up. */
export interface PutBackTable {
  /** `key` of the change. */
  key: string;
  incident_id: string;
  due_at: string;
  /** Not looked at before this. */
  next_at: string;
  state: 'waiting' | PutBackEnd;
  reason: string;
  tries: number;
  lease_owner: string | null;
  lease_until: string | null;
  /** Grows with every claim and never shrinks. */
  fencing_token: number;
  settled_at: string | null;
}

export interface ApprovalTable {
  seq: Generated<number>;
  id: string;
  incident_id: string;
  plan: string;
  plan_hash: string;
  asked_at: string;
  expires_at: string;
  answer: Generated<'approved' | 'rejected' | null>;
  answered_by: Generated<string | null>;
  answered_at: Generated<string | null>;
  hypothesis: Generated<string | null>;
  /** SHA-256 of cause and place, hex; empty in rows that are older than it. */
  claim_hash: Generated<string>;
  evidence_hash: Generated<string | null>;
  requested_by: Generated<string | null>;
  warning: Generated<string | null>;
  /** Agreed to in place of `plan`. */
  narrowed_plan: Generated<string | null>;
  /** Key of the one change that was made under it. */
  used_by: Generated<string | null>;
  used_at: Generated<string | null>;
}

/** What a channel shows of an approval, and what is still to be sent there. */
export interface ApprovalMessageTable {
  approval_id: string;
  channel: string;
  /** The message's own name in the channel (Slack's `ts`); null until it was posted. */
  message_id: string | null;
  /** What the message says at present: `waiting`, or how it ended. */
  shows: string | null;
  attempts: number;
  /** 1 once it was sent after a model had said something of the incident. */
  explained: Generated<number>;
  /** When it is to be sent (again), or may be taken over from whoever is sending it; null when nothing is left to send. */
  due_at: string | null;
}

/** Signatures of requests that were taken, until they are too old to be taken again. */
export interface SeenRequestTable {
  signature: string;
  seen_at: string;
}

/** A plan that only the level of autonomy kept from being carried out, and what happened without the agent. */
export interface ShadowTable {
  seq: Generated<number>;
  incident_id: string;
  action: string;
  /** `ecs:<cluster>/<service>` */
  target: string;
  plan: string;
  plan_hash: string;
  cause: string;
  /** Why it was not carried out. */
  reason: string;
  /** The services as they were when the plan was made, JSON. */
  before: string;
  /** JSON list of names. */
  neighbours: string;
  /** The last looks at the services since then, JSON. */
  looks: string;
  kept_at: string;
  next_look_at: string;
  /** Null while it is followed. */
  result: ShadowResult | null;
  detail: string;
  settled_at: string | null;
}

/** An operator's word on one action on one service; the youngest counts. */
export interface AutonomyOrderTable {
  seq: Generated<number>;
  target: string;
  action: string;
  /** Null takes the order before it back. */
  level: Autonomy | null;
  ordered_by: string;
  reason: string;
  ordered_at: string;
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

/** A call to a model: what it may cost until it is settled, what it cost after that. */
export interface ModelCallTable {
  id: string;
  incident_id: string;
  role: Role;
  /** `<provider>:<model>` */
  model: string;
  /** Where its price is from. */
  price: PriceSource;
  input_tokens: number;
  output_tokens: number;
  /** A thousand-millionth of a US dollar each. */
  cost_nano: number;
  /** 1 while tokens and cost are what was reserved, which they stay when nobody learns more. */
  is_estimate: 0 | 1;
  reserved_at: string;
  settled_at: string | null;
}

/** What a model said of an incident, or is to be asked for. */
export interface NarrationTable {
  seq: Generated<number>;
  incident_id: string;
  kind: NarrationKind;
  subject: string;
  /** `seq` of the youngest entry of the audit trail that asked for it. */
  wanted_entry: number;
  wanted_at: string;
  state: Narration['state'];
  /** When it is to be asked for, or may be taken over from whoever is asking. */
  due_at: string;
  /** Attempts that counted, since it was wanted about this subject. */
  tries: number;
  /** Grows with every claim and never shrinks. */
  claims: number;
  /** JSON */
  statements: string;
  struck: number;
  model: string | null;
  reason: string;
  told_at: string | null;
}

/** What a model wrote for a patch, under the question it answers. */
export interface PatchDraftTable {
  /** SHA-256, hex. */
  question: string;
  incident_id: string;
  draft: string;
  written_at: string;
}

/** What one step of a run was told, and what it answered. */
export interface RecordingTable {
  incident_id: string;
  /** Counts the nodes of the run. */
  step: number;
  node: string;
  /** Hash of the settings the process had: of a `recording_part`. */
  settings: string;
  /** JSON, packed; null when there was too much. */
  body: string | null;
  /** Of the body before it was packed. */
  characters: number;
  recorded_at: string;
}

/** Settings and policies that decided, each once. */
export interface RecordingPartTable {
  /** SHA-256 of the body, hex. */
  hash: string;
  body: string;
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
  put_back: PutBackTable;
  approval: ApprovalTable;
  approval_message: ApprovalMessageTable;
  seen_request: SeenRequestTable;
  shadow: ShadowTable;
  autonomy_order: AutonomyOrderTable;
  audit: AuditTable;
  audit_head: AuditHeadTable;
  model_call: ModelCallTable;
  narration: NarrationTable;
  patch_draft: PatchDraftTable;
  recording: RecordingTable;
  recording_part: RecordingPartTable;
  setting: SettingTable;
}
