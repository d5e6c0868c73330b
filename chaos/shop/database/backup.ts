/**
 * A backup job beside the database, as programs that copy a file in portions do it: it holds the file's write lock for every portion. It is no part of
 * the shop and no task; no restart of the database keeps it away.
 */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

export interface BackupOptions {
  /** How long each portion takes, milliseconds: writers wait, and with them whatever their process has to do. */
  lockMs: number;
  /** Between two portions. SQLite's writers look again after 100 ms at the latest: less than that leaves them waiting. */
  restMs: number;
  signal: AbortSignal;
}

const triesEveryMs = 5;
/** SQLITE_BUSY. */
const busy = 5;

/** Throws when there is no such file; `done` resolves when the signal has ended it. */
export function startBackup(file: string, options: BackupOptions): { done: Promise<void> } {
  if (!existsSync(file)) throw new Error(`there is no database at ${file}`);
  return { done: copy(new DatabaseSync(file), options) };
}

async function copy(database: DatabaseSync, { lockMs, restMs, signal }: BackupOptions): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {});
  try {
    database.exec('PRAGMA busy_timeout = 0');
    while (!signal.aborted) {
      if (!tryToLock(database)) {
        await pause(triesEveryMs);
        continue;
      }
      await pause(lockMs);
      database.exec('ROLLBACK');
      await pause(restMs);
    }
  } finally {
    database.close();
  }
}

/** False while somebody else writes. */
function tryToLock(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === busy) return false;
    throw error;
  }
}
