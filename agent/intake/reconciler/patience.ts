/** What a process remembers from look to look: since when it sees an alert that is too young to be fed, and what it fed in vain. */
import type { Clock } from '../../domain/clock.ts';
import type { FiringAlert } from '../firing-alerts.ts';

/** An alert that leaves no row although it was fed so often is left to people: it would fill the store with copies. */
const maxTries = 3;

export interface Patience {
  /**
   * Those that have been seen for `waitMs`, or that began so long ago where `byStart`. Clocks of two machines differ: what we have seen
   * for long is ripe whatever its beginning says.
   */
  ripe<Alert extends FiringAlert>(kind: string, alerts: readonly Alert[], waitMs: number, options?: { byStart?: boolean }): Alert[];
  /** Milliseconds until the first of those that were not ripe will be; asked once per look. */
  nextMs(): number | undefined;
  /** Sorts what is to be fed by how often it was: the first time, again, or too often. */
  tries(kind: string, alerts: readonly FiringAlert[]): { first: FiringAlert[]; again: FiringAlert[]; givenUp: number };
}

export function createPatience(clock: Clock): Patience {
  const seenSince = new Map<string, ReadonlyMap<string, number>>();
  const fed = new Map<string, ReadonlyMap<string, number>>();
  let next: number | undefined;

  return {
    ripe(kind, alerts, waitMs, { byStart = false } = {}) {
      const now = clock.now().getTime();
      const before = seenSince.get(kind);
      const since = new Map(alerts.map(({ fingerprint }) => [fingerprint, before?.get(fingerprint) ?? now]));
      // Only what still fires is kept, so the map is no larger than the last answer.
      seenSince.set(kind, since);
      return alerts.filter(({ fingerprint, startsAt }) => {
        const seen = since.get(fingerprint) ?? now;
        const start = byStart && startsAt !== null ? Math.min(seen, new Date(startsAt).getTime()) : seen;
        const remaining = start + waitMs - now;
        if (remaining > 0) next = Math.min(next ?? remaining, remaining);
        return remaining <= 0;
      });
    },

    nextMs() {
      const answer = next;
      next = undefined;
      return answer;
    },

    tries(kind, alerts) {
      const before = fed.get(kind);
      const counts = new Map<string, number>();
      const sorted: { first: FiringAlert[]; again: FiringAlert[]; givenUp: number } = { first: [], again: [], givenUp: 0 };
      for (const alert of alerts) {
        // A new firing of the same alert is another chance.
        const key = `${alert.fingerprint} ${alert.startsAt}`;
        const count = before?.get(key) ?? 0;
        counts.set(key, count + 1);
        if (count === 0) sorted.first.push(alert);
        else if (count < maxTries) sorted.again.push(alert);
        else sorted.givenUp += 1;
      }
      fed.set(kind, counts);
      return sorted;
    },
  };
}
