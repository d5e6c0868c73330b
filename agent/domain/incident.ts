/** Our unit of work: one or more alerts about one resource. */
import type { Resource } from './alert.ts';
import type { IncidentId } from './ids.ts';

export type IncidentStatus = 'open' | 'investigating' | 'awaiting-approval' | 'closed';

/**
 * `fixed` our change brought it back · `recovered` it came back without us · `escalated` a human has it ·
 * `no-fault` nothing was wrong any more when we looked · `declined` not ours to touch
 */
export type IncidentOutcome = 'fixed' | 'recovered' | 'escalated' | 'no-fault' | 'declined';

export interface Incident {
  id: IncidentId;
  alertName: string;
  resource: Resource;
  severity: string;
  status: IncidentStatus;
  outcome: IncidentOutcome | null;
  /** Why it ended as it did, in one sentence; empty while open. */
  outcomeReason: string;
  /** ISO 8601: the alert's own start, when we were told, when it ended. */
  startedAt: string;
  openedAt: string;
  closedAt: string | null;
  /** Firings seen, the first one included. */
  firings: number;
  /** When Alertmanager said `resolved`; a hint, never proof. */
  resolvedAt: string | null;
  /** Version of the graph that runs it. */
  graphVersion: string;
}
