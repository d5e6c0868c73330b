/** Port of the audit trail: append-only. A step that cannot be recorded does not happen. */
import type { Fence } from '../incident/store.ts';

export interface AuditEntry {
  /** ISO 8601 */
  at: string;
  incidentId: string | null;
  /** Who acted: a node's name, `intake`, `api`, or a person as they named themselves. */
  actor: string;
  event: AuditEvent;
  /** Plain JSON; strings from outside are data. */
  detail: Record<string, unknown>;
}

export type AuditEvent =
  | 'webhook-refused'
  | 'notification-quarantined'
  | 'incident-opened'
  | 'incident-reopened'
  | 'alert-merged'
  | 'alert-declined'
  | 'alert-resolved'
  | 'evidence-collected'
  | 'diagnosis'
  | 'audited'
  | 'investigated'
  | 'verdict'
  | 'approval-asked'
  | 'approval-answered'
  | 'approval-refused'
  | 'action-intended'
  | 'action-finished'
  | 'undo-intended'
  | 'undo-finished'
  | 'put-back-owed'
  | 'put-back-settled'
  | 'verification'
  | 'escalated'
  | 'incident-closed'
  | 'run-failed'
  | 'run-resumed'
  | 'shadow-kept'
  | 'shadow-settled'
  | 'autonomy-ordered'
  | 'autonomy-changed'
  | 'narrated'
  | 'kill-switch-on'
  | 'kill-switch-off'
  | 'policy-changed'
  | 'policy-refused'
  | 'model-asked'
  | 'models-ordered'
  /** The first row of another key than the row before: the trail was signed anew, or for the first time. */
  | 'audit-key-changed';

export interface AuditRow extends AuditEntry {
  seq: number;
  previousHash: string;
  hash: string;
  /** Names the key of the hash; empty for rows older than the key. */
  keyId: string;
}

export interface AuditTrail {
  /** With a fence it is refused (`LeaseLostError`) once the incident is closed or held by somebody else. */
  append(entry: AuditEntry, fence?: Fence): Promise<void>;
  list(filter: { incidentId?: string; afterSeq?: number; limit?: number }): Promise<AuditRow[]>;
  /** Recomputes the hash chain; `brokenAt` is the first row that does not fit. */
  verify(): Promise<{ rows: number; brokenAt: number | null }>;
}
