/** Port of the incident store: the one place that knows which alert belongs to which incident and who works on it. */
import type { Alert, Disposition, Resource } from '../domain/alert.ts';
import type { ActionKey, IncidentId } from '../domain/ids.ts';
import type { Incident, IncidentOutcome, IncidentStatus } from '../domain/incident.ts';
import type { Alarm } from '../verification/sample.ts';

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
  /** How often its notification came again byte for byte within a minute: told of here, and not a row of its own. */
  copies: number;
}

/** What every write of a run carries: refused with `LeaseLostError` once somebody else has claimed or closed the incident. */
export interface Fence {
  incidentId: IncidentId;
  /** Grows with every claim; a stale holder's token is smaller. */
  fencingToken: number;
  /** Of who puts a change back after its incident: that change; the token is then the obligation's, not the incident's. */
  putBack?: ActionKey;
}

/** Work on one incident: only the holder of the highest token can renew or release, and whoever cannot renew must stop. */
export interface Lease extends Fence {
  owner: string;
}

export interface IncidentStore {
  /** One transaction for the whole webhook: a row per alert, incidents opened or joined, audit entries. Resolves once it is on disk. */
  receive(alerts: readonly ReceivedAlert[]): Promise<AlertRow[]>;
  get(id: IncidentId): Promise<Incident | undefined>;
  /** Newest first; `open` leaves out the closed ones. */
  list(filter: { status?: IncidentStatus; open?: boolean; limit?: number }): Promise<Incident[]>;
  /** Newest first. */
  alerts(filter: { incidentId?: IncidentId; limit?: number }): Promise<AlertRow[]>;
  /** What the incident's alerts say under this label: each value once. */
  labelled(id: IncidentId, label: string): Promise<string[]>;
  /** Services of the cluster with an open incident, or with one that was handed to a person within the last hour and has not resolved. */
  troubledServices(cluster: string): Promise<string[]>;
  /**
   * Alerts about these services that began at or after `since` (ISO 8601) and have not resolved, as far as their incidents tell: open ones,
   * and what was handed to a person. Those of `except` are left out.
   */
  alarmsSince(cluster: string, services: readonly string[], since: string, except: IncidentId): Promise<Alarm[]>;
  /** The oldest open incident about this resource, other than `except`. */
  openAbout(resource: Resource, except: IncidentId): Promise<IncidentId | undefined>;

  /** Takes the oldest incidents, `limit` at most, that are not closed, wait for no approval and are held by nobody; they are `investigating` then. */
  claim(owner: string, leaseMs: number, limit: number): Promise<Lease[]>;
  /** One statement for all leases of this owner: those it holds, for `leaseMs` from now. Whichever of them is missing is somebody else's: stop at once. */
  renewAll(owner: string, leaseMs: number): Promise<Lease[]>;
  /** False when somebody else holds the incident by now. */
  renew(lease: Lease, leaseMs: number): Promise<boolean>;
  /** `progressed`: the run came further than before, so its failures are forgotten. */
  release(lease: Lease, progressed: boolean): Promise<void>;
  /** Owners of the leases on incidents that are not closed. */
  leaseOwners(): Promise<string[]>;
  /** Ends the leases of owners that are dead; answers how many. */
  voidLeases(owners: readonly string[]): Promise<number>;
  /** Counts a failed run: 1 after progress, one more without. Answers the count; a restart does not forget it. */
  countFailure(lease: Lease, progressed: boolean): Promise<number>;
  setStatus(status: Exclude<IncidentStatus, 'closed'>, fence: Fence): Promise<void>;
  /** Ends the wait for an approval; false when the incident does not wait. For whoever holds no lease. */
  endWait(id: IncidentId): Promise<boolean>;
  /** Ends the waits for approvals that were answered or have expired; answers how many. `expiredSince` leaves out what is older. */
  endAnsweredWaits(expiredSince?: string): Promise<number>;
  /**
   * Closes and ends the lease. By the incident's id alone: somebody without a lease does it, which takes the incident from the run that
   * has one; then the first close counts, and closing again changes nothing.
   */
  close(outcome: IncidentOutcome, reason: string, by: Fence | IncidentId): Promise<void>;
}
