/**
 * Bounds the growth of the store: what a run or the sorting needed and nobody needs any more is thrown away after its time. Incidents, alerts,
 * evidence, actions, approvals, shadows, orders, narrations and the audit trail are never touched.
 */
import type { BaseCheckpointSaver } from '@langchain/langgraph';
import { sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { threadOf } from '../incident/thread.ts';
import type { Logger } from '../telemetry/logger.ts';
import { slices } from './steps.ts';
import type { Store } from './store.ts';

export interface RetentionSettings {
  /** Since the incident closed. */
  checkpointMs: number;
  /** Since a notification, or the last copy of it, arrived. */
  notificationMs: number;
  /** The same for one that could not be sorted. */
  quarantineMs: number;
  /** Of what a run was told, since the incident closed. */
  recordingMs: number;
  /** Pause between two rounds. */
  everyMs: number;
}

export interface RetentionDeps {
  store: Store;
  saver: Pick<BaseCheckpointSaver, 'deleteThread'>;
  clock: Clock;
  logger: Logger;
}

export interface Pruned {
  threads: number;
  notifications: number;
  /** Incidents whose runs cannot be played any more. */
  recordings: number;
}

export interface Retention {
  start(): void;
  /** One round: everything that is due, in small transactions, so that nobody waits long for one. */
  prune(): Promise<Pruned>;
  stop(): Promise<void>;
}

const threadsAtOnce = 20;
const rowsAtOnce = 200;

export function createRetention({ store, saver, clock, logger }: RetentionDeps, settings: RetentionSettings): Retention {
  const { db } = store;
  const stopping = new AbortController();
  const before = (ms: number) => new Date(clock.now().getTime() - ms).toISOString();
  let running: Promise<void> = Promise.resolve();

  async function pruneThreads(): Promise<number> {
    let count = 0;
    while (!stopping.signal.aborted) {
      const due = await db
        .selectFrom('incident')
        .select(['id', 'graph_version'])
        .where('pruned_at', 'is', null)
        .where('closed_at', '<', before(settings.checkpointMs))
        .orderBy('closed_at')
        .limit(threadsAtOnce)
        .execute();
      if (due.length === 0) return count;
      await Promise.all(due.map((incident) => saver.deleteThread(threadOf(incident.id, incident.graph_version))));
      // After the threads: a kill in between only means that they are deleted twice.
      const ids = due.map((incident) => incident.id);
      await db.updateTable('incident').set({ pruned_at: clock.now().toISOString() }).where('id', 'in', ids).execute();
      count += due.length;
    }
    return count;
  }

  async function pruneNotifications(): Promise<number> {
    let count = 0;
    let after = 0;
    while (!stopping.signal.aborted) {
      const oldest = await db
        .selectFrom('notification')
        .select(['seq', 'received_at'])
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(rowsAtOnce)
        .execute();
      const last = oldest.at(-1);
      if (!last) return count;
      for (const slice of slices(oldest.map((row) => row.seq))) count += await deleteDue(slice);
      // They lie in order of arrival: what follows a young one is younger still.
      if (last.received_at >= before(settings.notificationMs)) return count;
      after = last.seq;
    }
    return count;
  }

  async function deleteDue(seqs: readonly number[]): Promise<number> {
    const gone = await db
      .deleteFrom('notification')
      .where('seq', 'in', seqs)
      .where(({ or, and, eb, not, exists, selectFrom, fn }) => {
        const lastSeen = fn.coalesce('last_copy_at', 'received_at');
        // A copy that comes after an open incident has closed opens the next one, and for that its body is needed.
        const isNeeded = exists(
          selectFrom('alert')
            .innerJoin('incident', 'incident.id', 'alert.incident_id')
            .select('alert.id')
            .whereRef('alert.notification', '=', 'notification.seq')
            .where('incident.status', '!=', sql.lit('closed')),
        );
        return or([
          and([eb('status', '=', 'sorted'), eb(lastSeen, '<', before(settings.notificationMs)), not(isNeeded)]),
          and([eb('status', '=', 'quarantined'), eb(lastSeen, '<', before(settings.quarantineMs))]),
        ]);
      })
      .returning('seq')
      .execute();
    return gone.length;
  }

  async function pruneRecordings(): Promise<number> {
    let count = 0;
    while (!stopping.signal.aborted) {
      const due = await db
        .selectFrom('recording')
        .innerJoin('incident', 'incident.id', 'recording.incident_id')
        .select('recording.incident_id')
        .distinct()
        .where('incident.closed_at', '<', before(settings.recordingMs))
        .limit(threadsAtOnce)
        .execute();
      if (due.length === 0) return count;
      const ids = due.map((row) => row.incident_id);
      await db.deleteFrom('recording').where('incident_id', 'in', ids).execute();
      count += due.length;
    }
    return count;
  }

  async function prune(): Promise<Pruned> {
    return { threads: await pruneThreads(), notifications: await pruneNotifications(), recordings: await pruneRecordings() };
  }

  async function rounds(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const pruned = await prune();
        if (pruned.threads + pruned.notifications + pruned.recordings > 0) {
          logger.info(pruned, 'old checkpoints, webhooks and recordings thrown away');
        }
      } catch (error) {
        logger.warn({ err: error }, 'old checkpoints, webhooks or recordings could not be thrown away; tried again later');
      }
      await clock.sleep(settings.everyMs, stopping.signal).catch(() => undefined);
    }
  }

  return {
    prune,
    start() {
      running = rounds();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
