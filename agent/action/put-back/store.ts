/** Port of what the agent owes: changes meant for a time only, each on disk since the moment its change was, until it is put back or given up. */
import type { ActionKey, IncidentId } from '../../domain/ids.ts';
import type { Fence } from '../../incident/store.ts';

export interface PutBack {
  /** The change, as the ledger names it. */
  key: ActionKey;
  incidentId: IncidentId;
  /** ISO 8601: when its time is over. */
  dueAt: string;
  /** Tries that are over and came to nothing. */
  tries: number;
  /** Why it still waits; empty before the first look. */
  reason: string;
}

/** `done`: the change is no longer in place. `given-up`: it is, or somebody changed what it had set, and it is left to a person. */
export type PutBackEnd = 'done' | 'given-up';

export interface PutBackStore {
  /**
   * The longest due whose time has come, whose incident is closed and that nobody else works on; for `leaseMs` it is the owner's.
   * The fence is that of the obligation, no longer of the incident.
   */
  claim(owner: string, leaseMs: number): Promise<{ owed: PutBack; fence: Fence } | undefined>;
  /** False when somebody else works on it by now, or it is over. */
  renew(fence: Fence, leaseMs: number): Promise<boolean>;
  /** Lets go of it until later. `tried`: a try is over and had no effect, so that the next one is another change. */
  postpone(fence: Fence, reason: string, afterMs: number, tried: boolean): Promise<void>;
  /** Ends it, together with its audit entry. */
  settle(fence: Fence, end: PutBackEnd, reason: string): Promise<void>;
  /** How many are not over, and when the longest due was due; null without any. */
  waiting(): Promise<{ count: number; oldestDueAt: string | null }>;
}
