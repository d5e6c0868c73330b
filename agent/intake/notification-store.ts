/**
 * Port of the inbox: notifications as they came, on disk before their sender is answered; what they mean is worked out afterwards.
 * Whoever brings alerts (the webhook, a look at Alertmanager) brings them through `accept`, as a body of Alertmanager's webhook, version 4.
 */
import type { NotificationSource } from '../domain/notification.ts';
import type { AlertRow, ReceivedAlert } from '../incident/store.ts';

export interface NewNotification {
  source: NotificationSource;
  /** The bytes that came; they are never written out anew. */
  body: Buffer;
  /** SHA-256 of the body, hex. */
  bodyHash: string;
  /** ISO 8601 */
  receivedAt: string;
  alerts: number;
  /** Alerts that the sender left out (`truncatedAlerts`). */
  truncated: number;
}

export interface WaitingNotification extends NewNotification {
  /** Order of arrival. */
  seq: number;
  /** So many of its alerts have been sorted. */
  sortedAlerts: number;
  failures: number;
}

/** Alerts `from`, `from + 1`, … of one notification. */
export interface SortSlice {
  seq: number;
  from: number;
  alerts: readonly ReceivedAlert[];
}

/** The same bytes came again, so often, the last time then (ISO 8601). */
export interface Copies {
  count: number;
  lastAt: string;
}

export interface InboxState {
  waiting: number;
  quarantined: number;
  /** ISO 8601: arrival of the one that has waited longest. */
  oldestReceivedAt: string | null;
}

export interface NotificationStore {
  /** Resolves with its number once it is on disk; many calls share one commit. `StoreError` when it cannot be written. */
  accept(notification: NewNotification): Promise<number>;
  /** Oldest first, after the number `afterSeq`: at most `limit`, and fewer when they are long, but one if there is one. */
  waiting(limit: number, afterSeq?: number): Promise<WaitingNotification[]>;
  /**
   * One transaction for all slices: alert rows, incidents, audit entries. In the order of the slices, the rows, or null where the alerts
   * are no longer to be sorted because somebody else did it meanwhile.
   */
  sort(slices: readonly SortSlice[]): Promise<(AlertRow[] | null)[]>;
  /** It could not be sorted, and that is its own fault; after some attempts it is set aside for a person to look at. */
  failed(seq: number, fault: string): Promise<'waiting' | 'quarantined'>;
  /**
   * Counts copies that were answered without being stored. Where an incident had closed before the last copy came, that copy is a
   * firing anew and is stored as a notification of its own: answers the numbers of those originals.
   */
  repeated(copies: ReadonlyMap<number, Copies>): Promise<number[]>;
  state(): Promise<InboxState>;
}
