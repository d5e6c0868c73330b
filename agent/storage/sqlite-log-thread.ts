/** The thread that folds a long write-ahead log into the file, each time it is asked. It writes nothing of its own and holds up no writer. */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import type { Folded } from './sqlite-log.ts';

const database = new Database(workerData as string, { fileMustExist: true, timeout: 0 });

parentPort?.on('message', () => parentPort?.postMessage(fold()));

function fold(): Folded | null {
  try {
    const [{ log, checkpointed }] = database.pragma('wal_checkpoint(PASSIVE)') as [{ busy: number; log: number; checkpointed: number }];
    // -1: somebody else is at it.
    return log < 0 ? null : { pages: log, folded: checkpointed };
  } catch {
    return null;
  }
}
