/**
 * Puts the trail outside while the agent runs: heads to the anchors, rows to the archives; and looks from time to time whether the trail is
 * still what was written. It never stops the agent: a place that fails is tried again, counted and logged.
 */
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { AuditMetrics } from '../telemetry/metrics.ts';
import type { Anchor, Archive } from './anchor.ts';
import type { AuditKeys } from './key.ts';
import { type Outside, verifyAll } from './outside.ts';
import type { ProgressStore } from './progress.ts';
import type { TrailReader } from './verify.ts';

export interface KeeperDeps {
  reader: TrailReader;
  keys: AuditKeys;
  outside: Outside;
  progress: ProgressStore;
  clock: Clock;
  logger: Logger;
  metrics: AuditMetrics;
}

export interface KeeperSettings {
  /** Pause between two looks at the trail. */
  lookMs: number;
  /** A head goes out when the last one is so old, or so many rows behind. */
  anchorEveryMs: number;
  anchorEveryRows: number;
  /** Rows go out when there are enough for an object, or when the last went out so long ago. */
  archiveEveryMs: number;
  archiveRows: number;
  /** Pause between two checks of the whole trail; 0 for none. */
  verifyEveryMs: number;
  /** Time one place has for one object. */
  timeoutMs: number;
}

export interface Keeper {
  start(): void;
  /** One look: everything that is due goes out. */
  look(): Promise<void>;
  /** Checks the whole trail against itself and the outside. */
  verify(): Promise<void>;
  stop(): Promise<void>;
}

const longestPauseMs = 300_000;

export function createKeeper(deps: KeeperDeps, settings: KeeperSettings): Keeper {
  const { clock, logger, metrics, reader, progress } = deps;
  const stopping = new AbortController();
  const failures = new Map<string, { count: number; until: number }>();
  let running: Promise<void> | undefined;
  const now = () => clock.now().getTime();
  const limited = () => AbortSignal.any([stopping.signal, AbortSignal.timeout(settings.timeoutMs)]);

  /** One place's turn; after a failure it rests, each time twice as long. */
  async function turn(place: string, work: () => Promise<number | null>): Promise<void> {
    const failed = failures.get(place);
    if (failed && now() < failed.until) return;
    try {
      const put = await work();
      failures.delete(place);
      if (put !== null) metrics.auditPuts.inc({ place, result: 'ok' });
    } catch (error) {
      if (stopping.signal.aborted) return;
      const count = (failed?.count ?? 0) + 1;
      failures.set(place, { count, until: now() + Math.min(settings.lookMs * 2 ** count, longestPauseMs) });
      metrics.auditPuts.inc({ place, result: 'failed' });
      logger.warn({ err: error, place, failures: count }, 'the audit trail could not be put outside');
    }
  }

  /** The last row of it that is outside; null when nothing was due. */
  async function anchorHead(anchor: Anchor, place: string): Promise<number | null> {
    const before = await progress.get(place);
    const head = await reader.head();
    if (!head) return null;
    const behind = head.seq - (before?.done ?? 0);
    metrics.auditBehind.set({ place }, behind);
    if (behind < 0) logger.error({ seq: head.seq, anchored: before?.done }, 'the audit trail is shorter than it was');
    const isDue = !before || behind < 0 || behind >= settings.anchorEveryRows || now() - Date.parse(before.at) >= settings.anchorEveryMs;
    if (behind === 0 || !isDue) return null;
    const [row] = await reader.rows(head.seq - 1, 1);
    if (!row || row.hash !== head.hash) throw new Error(`row ${head.seq}, the youngest of the audit trail, is missing or another`);
    await anchor.put({ seq: row.seq, hash: row.hash, keyId: row.keyId, at: row.at }, limited());
    await progress.move(place, before, { done: row.seq, planned: null, at: clock.now().toISOString() });
    metrics.auditBehind.set({ place }, 0);
    return row.seq;
  }

  /** The range is on disk before it is sent, so that a crash in between sends the same object again, and two replicas send one. */
  async function archiveRows(archive: Archive, place: string): Promise<number | null> {
    let put: number | null = null;
    for (;;) {
      let before = await progress.get(place);
      const head = await reader.head();
      const done = before?.done ?? 0;
      const waiting = (head?.seq ?? 0) - done;
      metrics.auditBehind.set({ place }, waiting);
      if (before?.planned == null) {
        const isDue = waiting >= settings.archiveRows || !before || now() - Date.parse(before.at) >= settings.archiveEveryMs;
        if (waiting <= 0 || !isDue || stopping.signal.aborted) return put;
        const planned = { done, planned: done + Math.min(waiting, settings.archiveRows), at: before?.at ?? clock.now().toISOString() };
        if (!(await progress.move(place, before, planned))) return put;
        before = planned;
      }
      const to = before.planned ?? done;
      const rows = await reader.rows(done, to - done);
      if (rows.length !== to - done || rows.at(-1)?.seq !== to)
        throw new Error(`rows ${done + 1} to ${to} of the audit trail are not all there`);
      await archive.put(rows, limited());
      if (!(await progress.move(place, before, { done: to, planned: null, at: clock.now().toISOString() }))) return to;
      put = to;
    }
  }

  async function look(): Promise<void> {
    for (const anchor of deps.outside.anchors) {
      const place = `${anchor.id}-heads`;
      await turn(place, () => anchorHead(anchor, place));
    }
    for (const archive of deps.outside.archives) {
      const place = `${archive.id}-rows`;
      await turn(place, () => archiveRows(archive, place));
    }
  }

  async function verify(): Promise<void> {
    const check = (outside: Outside) => verifyAll(reader, deps.keys, outside, stopping.signal);
    try {
      const report = await check(deps.outside).catch((error) => {
        logger.warn({ err: error }, 'the audit trail could not be compared with the outside');
        return check({ anchors: [], archives: [] });
      });
      metrics.auditIntact.set(report.fault === null ? 1 : 0);
      const { rows, brokenAt, fault } = report;
      if (fault) logger.error({ rows, brokenAt, reason: fault }, 'the audit trail is broken');
      else logger.info({ rows }, 'the audit trail is intact');
    } catch (error) {
      if (!stopping.signal.aborted) logger.warn({ err: error }, 'the audit trail could not be checked');
    }
  }

  async function run(): Promise<void> {
    let checkedAt = now();
    while (!stopping.signal.aborted) {
      await look();
      if (settings.verifyEveryMs > 0 && now() - checkedAt >= settings.verifyEveryMs) {
        await verify();
        checkedAt = now();
      }
      await clock.sleep(settings.lookMs, stopping.signal).catch(() => undefined);
    }
  }

  return {
    look,
    verify,
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort(new Error('the agent is stopping'));
      await running;
    },
  };
}
