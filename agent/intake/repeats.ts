/**
 * Notifications that came again byte for byte: they are answered from memory and only counted, for their alerts are on disk already.
 * A copy is absorbed only where sorting it would change nothing but counts: within a minute of the original, while nothing else was
 * said about any of its alerts and no incident of it has closed. To forget is always safe: the next copy is then stored like any other.
 *
 * An incident that another process closes is noticed when the counts are written, a second later; a copy that came after that close is
 * stored then. Were this process killed within that second, the next look at Alertmanager would find the alert still firing.
 */
import type { AlertStatus } from '../domain/alert.ts';
import type { Clock } from '../domain/clock.ts';
import { StoreError } from '../domain/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Copies, NotificationStore } from './notification-store.ts';

export interface RepeatSettings {
  /** For so long after the original its copies are absorbed, milliseconds: once in this time an alert that lasts leaves a row. */
  windowMs: number;
  /** Copies are counted on disk this much later, milliseconds. */
  writeAfterMs: number;
  /** Bodies remembered, the youngest. */
  maxBodies: number;
  /** Alerts of all bodies that are remembered. */
  maxAlerts: number;
}

/** Of fingerprints and incident ids; a power of two. */
const places = 131_072;

export const repeatDefaults: RepeatSettings = { windowMs: 60_000, writeAfterMs: 1_000, maxBodies: 10_000, maxAlerts: 500_000 };

/** A body that is on disk, or on its way there. */
export interface Original {
  readonly alerts: number;
  /** Its number, once it is on disk; rejects when it could not be written, and then its copies were not absorbed either. */
  readonly stored: Promise<number>;
  /** The same, without a wait, once it is known. */
  readonly seq: number | null;
}

export interface Repeats {
  /** The original of which these bytes are a copy that can be absorbed. */
  find(hash: string): Original | undefined;
  /** One more copy of it was answered. */
  count(seq: number): void;
  /** A body that was not known. */
  remember(hash: string, alerts: readonly { fingerprint: string; status: AlertStatus }[], stored: Promise<number>): void;
  /** Alerts of this notification belong to these incidents. */
  sorted(seq: number, incidentIds: Iterable<string>): void;
  /** An incident is about to close: a copy that comes from here on is a firing anew. */
  closes(incidentId: string): void;
  /** Writes the counts that are left. */
  stop(): Promise<void>;
}

export interface RepeatDependencies {
  notifications: Pick<NotificationStore, 'repeated'>;
  clock: Clock;
  logger: Logger;
  /** Called when a copy was stored after all: there is something to sort. */
  wake?: () => void;
}

interface Entry {
  readonly hash: string;
  readonly alerts: number;
  readonly stored: Promise<number>;
  seq: number | null;
  readonly until: number;
  /** Counts bodies and closes. */
  readonly number: number;
  /** Of each alert the place in the table, times two, plus one when the body says that it fires. */
  readonly said: Uint32Array;
  /** Of the incidents its alerts belong to the places in the table. */
  readonly incidents: number[];
}

export function createRepeats(deps: RepeatDependencies, settings: RepeatSettings = repeatDefaults): Repeats {
  const { notifications, clock, logger } = deps;
  const bodies = new Map<string, Entry>();
  const numbers = new Map<number, Entry>();
  // When something was last said to fire, to be resolved, or closed. Where two share a place, a body is stored that could have been absorbed.
  const fired = new Float64Array(places);
  const resolved = new Float64Array(places);
  const closed = new Float64Array(places);
  let counted = 0;
  /** Alerts of all bodies that are remembered. */
  let alertsKept = 0;
  let counts = new Map<number, { count: number; lastMs: number }>();
  let writing: Promise<void> | null = null;
  const stopping = new AbortController();

  function forget(entry: Entry): void {
    if (bodies.get(entry.hash) !== entry) return;
    bodies.delete(entry.hash);
    alertsKept -= entry.alerts;
    if (entry.seq !== null) numbers.delete(entry.seq);
  }

  /** Whether nothing else was said about its alerts since, and none of its incidents has closed. */
  function holds(entry: Entry): boolean {
    if (clock.monotonicMs() >= entry.until) return false;
    for (const one of entry.said) if (((one & 1 ? resolved : fired)[one >>> 1] ?? 0) > entry.number) return false;
    return entry.incidents.every((place) => (closed[place] ?? 0) <= entry.number);
  }

  async function write(): Promise<void> {
    await clock.sleep(settings.writeAfterMs, stopping.signal).catch(() => undefined);
    const taken = counts;
    counts = new Map();
    try {
      const copies = new Map<number, Copies>();
      for (const [seq, { count, lastMs }] of taken) copies.set(seq, { count, lastAt: new Date(lastMs).toISOString() });
      const anew = await notifications.repeated(copies);
      for (const seq of anew) {
        const entry = numbers.get(seq);
        if (entry) forget(entry);
      }
      if (anew.length > 0) deps.wake?.();
    } catch (error) {
      logger.error({ err: error, notifications: taken.size }, 'copies of notifications could not be counted');
      // What the disk refused may be taken later; anything else would be refused again.
      if (error instanceof StoreError) for (const [seq, one] of taken) add(seq, one.count, one.lastMs);
    }
  }

  function add(seq: number, count: number, lastMs: number): void {
    const known = counts.get(seq);
    if (!known) {
      counts.set(seq, { count, lastMs });
      return;
    }
    known.count += count;
    known.lastMs = Math.max(known.lastMs, lastMs);
  }

  function startWriting(): void {
    if (stopping.signal.aborted) return;
    writing ??= write().finally(() => {
      writing = null;
      if (counts.size > 0) startWriting();
    });
  }

  return {
    find(hash) {
      const entry = bodies.get(hash);
      if (!entry || holds(entry)) return entry;
      forget(entry);
      return undefined;
    },

    count(seq) {
      add(seq, 1, clock.now().getTime());
      startWriting();
    },

    remember(hash, alerts, stored) {
      counted += 1;
      const said = new Uint32Array(alerts.length);
      alerts.forEach(({ fingerprint, status }, index) => {
        const place = placeOf(fingerprint);
        (status === 'firing' ? fired : resolved)[place] = counted;
        said[index] = place * 2 + (status === 'firing' ? 1 : 0);
      });
      const until = clock.monotonicMs() + settings.windowMs;
      const entry: Entry = { hash, alerts: alerts.length, stored, seq: null, until, number: counted, said, incidents: [] };
      const older = bodies.get(hash);
      if (older) forget(older);
      bodies.set(hash, entry);
      alertsKept += alerts.length;
      for (const oldest of bodies.values()) {
        if (bodies.size <= settings.maxBodies && alertsKept <= settings.maxAlerts) break;
        forget(oldest);
      }
      stored.then(
        (seq) => {
          entry.seq = seq;
          if (bodies.get(hash) === entry) numbers.set(seq, entry);
        },
        () => forget(entry),
      );
    },

    sorted(seq, incidentIds) {
      const entry = numbers.get(seq);
      if (entry) for (const id of incidentIds) entry.incidents.push(placeOf(id));
    },

    closes(incidentId) {
      counted += 1;
      closed[placeOf(incidentId)] = counted;
    },

    async stop() {
      stopping.abort();
      await writing;
      if (counts.size > 0) await write();
    },
  };
}

/** FNV-1a: a few nanoseconds for the 16 digits of a fingerprint. Who makes texts collide is only absorbed less. */
function placeOf(text: string): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) mixed = Math.imul(mixed ^ text.charCodeAt(index), 0x01000193);
  return (mixed ^ (mixed >>> 15)) & (places - 1);
}
