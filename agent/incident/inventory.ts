/** Which ECS services there are. Asked before an alert's labels become a target, so that no label ever names something unknown. */
import type { Clock } from '../domain/clock.ts';

export interface Inventory {
  /** Names of the services of a cluster; null when it cannot be read, which is never the same as "none". */
  services(cluster: string): Promise<readonly string[] | null>;
}

/** Milliseconds. */
export interface InventoryCacheSettings {
  /** An answer is used without asking again for this long. */
  freshMs: number;
  /** When asking again fails, the last answer still counts for this long. */
  staleMs: number;
  /** A caller waits no longer than this; the reading goes on and serves the next one. */
  deadlineMs: number;
}

const inventoryCacheDefaults: InventoryCacheSettings = { freshMs: 30_000, staleMs: 600_000, deadlineMs: 1_500 };

/** More than an agent watches: whatever alerts name, the cache must not grow with them. */
const maxClusters = 1_024;

interface Entry {
  services: readonly string[] | null;
  readAt: number;
  reading: Promise<void> | null;
}

/** An inventory that answers at once where it can, and within the deadline always. */
export function createCachedInventory(source: Inventory, clock: Clock, settings = inventoryCacheDefaults): Inventory {
  const entries = new Map<string, Entry>();

  function entryOf(cluster: string): Entry {
    const known = entries.get(cluster);
    if (known) return known;
    const oldest = entries.size >= maxClusters ? entries.keys().next().value : undefined;
    if (oldest !== undefined) entries.delete(oldest);
    const entry: Entry = { services: null, readAt: Number.NEGATIVE_INFINITY, reading: null };
    entries.set(cluster, entry);
    return entry;
  }

  async function read(cluster: string, entry: Entry): Promise<void> {
    try {
      const services = await source.services(cluster);
      if (services !== null) {
        entry.services = services;
        entry.readAt = clock.now().getTime();
      }
    } catch {
      // The last answer stays; its age decides whether it still counts.
    } finally {
      entry.reading = null;
    }
  }

  return {
    async services(cluster) {
      const entry = entryOf(cluster);
      const age = () => clock.now().getTime() - entry.readAt;
      if (age() <= settings.freshMs) return entry.services;
      entry.reading ??= read(cluster, entry);
      const waiting = new AbortController();
      await Promise.race([entry.reading, clock.sleep(settings.deadlineMs, waiting.signal).catch(() => undefined)]);
      waiting.abort();
      return age() <= settings.staleMs ? entry.services : null;
    },
  };
}
