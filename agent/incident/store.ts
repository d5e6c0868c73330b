/** Port of the incident store: the one place that knows which alert belongs to which incident and who works on it. */
import type { Alert, Disposition, Resource } from '../domain/alert.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { Incident, IncidentOutcome, IncidentStatus } from '../domain/incident.ts';

/** A cleaned alert and what the inventory says about it. */
export interface ReceivedAlert {
  alert: Alert;
  /** The ECS service its labels name, or why there is none we may act on. */
  target: { resource: Resource } | { declined: string };
  /** ISO 8601: when the webhook reached us. */
  receivedAt: string;
  /** SHA-256 of the raw body, hex. */
  bodyHash: string;
  /** What the edge noticed or changed (a cut list, a cleaned value); becomes part of the row's reason. */
  notes?: readonly string[];
}

/** One firing or resolution, kept for ever: what became of it and why. */
export interface AlertRow {
  id: number;
  fingerprint: string;
  name: string;
  status: 'firing' | 'resolved';
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  receivedAt: string;
  incidentId: IncidentId | null;
  disposition: Disposition;
  reason: string;
}

/** Work on one incident: only the holder of the highest token can renew or release, and whoever cannot renew must stop. */
export interface Lease {
  incidentId: IncidentId;
  owner: string;
  /** Grows with every claim; a stale holder's token is smaller. */
  fencingToken: number;
  /** ISO 8601 */
  until: string;
}

export interface IncidentStore {
  /** One transaction for the whole webhook: a row per alert, incidents opened or joined, audit entries. Resolves once it is on disk. */
  receive(alerts: readonly ReceivedAlert[]): Promise<AlertRow[]>;
  get(id: IncidentId): Promise<Incident | undefined>;
  /** Newest first; `open` leaves out the closed ones. */
  list(filter: { status?: IncidentStatus; open?: boolean; limit?: number }): Promise<Incident[]>;
  /** Newest first. */
  alerts(filter: { incidentId?: IncidentId; limit?: number }): Promise<AlertRow[]>;
  /** Takes the oldest incident that is not closed, waits for no approval and has no living lease. */
  claim(owner: string, leaseMs: number): Promise<Lease | undefined>;
  /** False when somebody else holds the incident by now: stop at once. */
  renew(lease: Lease, leaseMs: number): Promise<boolean>;
  release(lease: Lease): Promise<void>;
  /** `InvariantError` when the incident is closed: a closed one stays closed, a new firing opens another. */
  setStatus(id: IncidentId, status: Exclude<IncidentStatus, 'closed'>): Promise<void>;
  /** The first close counts; closing again changes nothing. */
  close(id: IncidentId, outcome: IncidentOutcome, reason: string): Promise<void>;
}
