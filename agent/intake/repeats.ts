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
  /** Alerts and incidents remembered over all bodies; beyond that everything is forgotten. */
  maxReferences: number;
}

export const repeatDefaults: RepeatSettings = { windowMs: 60_000, writeAfterMs: 1_000, maxBodies: 10_000, maxReferences: 200_000 };

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
  isValid: boolean;
}

/** What was last said about an alert, and the bodies that said so. */
interface Word {
  status: AlertStatus;
  saidBy: Entry[];
}

export function createRepeats(deps: RepeatDependencies, settings: RepeatSettings = repeatDefaults): Repeats {
  const { notifications, clock, logger } = deps;
  const bodies = new Map<string, Entry>();
  const numbers = new Map<number, Entry>();
  const words = new Map<string, Word>();
  const incidents = new Map<string, Entry[]>();
  /** References to entries in `words` and `incidents`: what has to be bounded. */
  let references = 0;
  let counts = new Map<number, { count: number; lastMs: number }>();
  let writing: Promise<void> | null = null;
  const stopping = new AbortController();

  function forgetAll(): void {
    for (const entry of bodies.values()) entry.isValid = false;
    bodies.clear();
    numbers.clear();
    words.clear();
    incidents.clear();
    references = 0;
  }

  function forget(entry: Entry): void {
    entry.isValid = false;
    if (bodies.get(entry.hash) === entry) bodies.delete(entry.hash);
    if (entry.seq !== null) numbers.delete(entry.seq);
  }

  function isSaid(entry: Entry, fingerprint: string, status: AlertStatus): void {
    references += 1;
    const word = words.get(fingerprint);
    if (!word) {
      words.set(fingerprint, { status, saidBy: [entry] });
      return;
    }
    if (word.status !== status) {
      for (const older of word.saidBy) if (older !== entry) forget(older);
      word.status = status;
      word.saidBy = [];
    }
    word.saidBy.push(entry);
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
      if (!entry) return undefined;
      if (entry.isValid && clock.monotonicMs() < entry.until) return entry;
      forget(entry);
      return undefined;
    },

    count(seq) {
      add(seq, 1, clock.now().getTime());
      startWriting();
    },

    remember(hash, alerts, stored) {
      const until = clock.monotonicMs() + settings.windowMs;
      const entry: Entry = { hash, alerts: alerts.length, stored, seq: null, until, isValid: true };
      if (references > settings.maxReferences) forgetAll();
      bodies.set(hash, entry);
      for (const { fingerprint, status } of alerts) isSaid(entry, fingerprint, status);
      const oldest = bodies.size > settings.maxBodies ? bodies.values().next().value : undefined;
      if (oldest) forget(oldest);
      stored.then(
        (seq) => {
          entry.seq = seq;
          if (entry.isValid) numbers.set(seq, entry);
        },
        () => forget(entry),
      );
    },

    sorted(seq, incidentIds) {
      const entry = numbers.get(seq);
      if (!entry) return;
      for (const id of incidentIds) {
        references += 1;
        const known = incidents.get(id);
        if (known) known.push(entry);
        else incidents.set(id, [entry]);
      }
    },

    closes(incidentId) {
      for (const entry of incidents.get(incidentId) ?? []) forget(entry);
      incidents.delete(incidentId);
    },

    async stop() {
      stopping.abort();
      await writing;
      if (counts.size > 0) await write();
    },
  };
}
