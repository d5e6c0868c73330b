/** Port: what the reconciler must know of the store to tell what nobody told us, and to be the only one who looks. */
import type { AlertStatus, Resource } from '../domain/alert.ts';
import type { IncidentOutcome } from '../domain/incident.ts';

/** One alert to be found again: `resource` is null when its labels name none. */
export interface AlertKey {
  name: string;
  resource: Resource | null;
  fingerprint: string;
}

/** What we know of one alert. Times are ISO 8601. */
export interface KnownAlert {
  /** The incident open for its name and resource, with the youngest row of this very alert in it. */
  open: { incidentId: string; row: { status: AlertStatus; endsAt: string | null } | null } | null;
  /** The last closed one, and how many closed within a day before `now`. */
  closed: { outcome: IncidentOutcome | null; closedAt: string; closedWithinDay: number } | null;
  /** The youngest row of this very alert that was declined. */
  declined: { startsAt: string } | null;
}

/** What Alertmanager last said about silences: they stay in force while it cannot be asked. */
export interface RememberedSilences {
  /** ISO 8601: when it last answered. */
  at: string;
  /** Matchers of each silence in force; null when there were too many to remember. */
  silences: readonly (readonly Matcher[])[] | null;
}

/** As Alertmanager shows it; `isEqual` is false for `!=` and `!~`. */
export interface Matcher {
  name: string;
  value: string;
  isRegex: boolean;
  isEqual: boolean;
}

export interface LookStore {
  /**
   * Whether this process may look, as at most one of all processes may per `periodMs`, and else how long the turn of another one
   * lasts, milliseconds. `force` takes the turn in any case.
   */
  takeTurn(periodMs: number, options?: { force?: boolean }): Promise<{ taken: true } | { taken: false; freeInMs: number }>;
  /** In the order of the keys. */
  known(keys: readonly AlertKey[]): Promise<KnownAlert[]>;
  remember(silences: RememberedSilences): Promise<void>;
  remembered(): Promise<RememberedSilences | null>;
}
