/**
 * Folds SQLite's write-ahead log into the file. To do that takes as long as dozens of commits, and whoever waits for an answer would wait
 * for it: a long log is folded by a thread of its own beside the work, and only what is left, or a short log, by the thread that writes.
 */
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type Database from 'better-sqlite3';

/** The log is looked at so long after a write, and nobody has written for so long when it counts as quiet, milliseconds. */
const lookMs = 250;
const pageBytes = 4_096;
/** A log of up to so many pages is folded in a few milliseconds. */
const shortPages = 500;
/** When everything in the log is folded SQLite begins it anew, and cuts the file to this length: a longer one holds a long log. */
const keptBytes = 2 * shortPages * pageBytes;
/** Were the thread to fail, a commit folds the log when it has so many pages. */
export const mostPages = 32_000;

/** What the thread answers, or null when it could not fold: pages in the log, and those of them that are folded. */
export interface Folded {
  pages: number;
  folded: number;
}

export interface SqliteLog {
  /** Something was committed. */
  grew(): void;
  /** No thread and no timer is left when it resolves. */
  close(): Promise<void>;
}

export function foldLogOf(database: Database.Database, path: string): SqliteLog {
  database.pragma(`journal_size_limit = ${keptBytes}`);
  database.pragma(`wal_autocheckpoint = ${mostPages}`);
  let timer: NodeJS.Timeout | undefined;
  let lastWrite = 0;
  let worker: Worker | undefined;
  let isClosed = false;

  function look(): void {
    timer = undefined;
    if (lengthOf(`${path}-wal`) > keptBytes) fold();
    else if (performance.now() - lastWrite >= lookMs) finish();
    else lookSoon();
  }

  function lookSoon(): void {
    if (!isClosed) timer ??= setTimeout(look, lookMs).unref();
  }

  /** By the thread. As long as others write it never gets to the end of the log; what it leaves is short. */
  function fold(): void {
    worker ??= start();
    worker.postMessage(null);
  }

  function start(): Worker {
    const thread = new Worker(new URL('./sqlite-log-thread.ts', import.meta.url), { workerData: path, name: 'sqlite-log' });
    thread.unref();
    thread.on('message', (answer: Folded | null) => {
      // Nothing is tried again before something is written: a disk that fails is not asked four times a second.
      if (isClosed || answer === null) return;
      const left = answer.pages - answer.folded;
      if (left <= shortPages) finish();
      if (left > 0) lookSoon();
    });
    // The look after the next write starts another; a commit folds the log if none of them can.
    thread.on('error', () => {
      if (worker === thread) worker = undefined;
    });
    return thread;
  }

  function finish(): void {
    try {
      database.pragma('wal_checkpoint(PASSIVE)');
    } catch {
      // Nothing is lost by it; the next commit will tell of a disk that fails.
    }
  }

  return {
    grew() {
      lastWrite = performance.now();
      lookSoon();
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await worker?.terminate();
    },
  };
}

function lengthOf(file: string): number {
  try {
    return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    // Thrown from a timer it would end the agent; the next commit tells of a disk that fails.
    return 0;
  }
}
