/**
 * One agent works on a file. It holds a lock beside the file from its start to its end; the kernel takes the lock back however the
 * process ends, so nobody has to wait for a dead one.
 */
import Database from 'better-sqlite3';
import { ConfigError } from '../domain/errors.ts';

export interface SqlitePresence {
  enter(owner: string): void;
  living(owners: readonly string[]): string[];
  leave(): void;
}

export function sqlitePresence(path: string): SqlitePresence {
  const lockPath = `${path}.lock`;
  const own = new Set<string>();
  let held: Database.Database | undefined;
  return {
    enter(owner) {
      held ??= lock(lockPath, 250);
      if (!held) {
        throw new ConfigError([`another agent already works on ${path}`], {
          hint: 'one SQLite file serves one agent: stop the other one, or set DATABASE_URL to a PostgreSQL database that several can share',
        });
      }
      own.add(owner);
    },
    living(owners) {
      if (held) return owners.filter((owner) => own.has(owner));
      const free = lock(lockPath, 0);
      free?.close();
      // Somebody is in there, and from outside it cannot be told who.
      return free ? [] : [...owners];
    },
    leave() {
      held?.close();
      held = undefined;
      own.clear();
    },
  };
}

/** SQLite's own exclusive lock on an empty database: it knows how to hold one on every system. Waits a moment for who only looks. */
function lock(path: string, timeout: number): Database.Database | undefined {
  const database = new Database(path, { timeout });
  try {
    database.exec('begin exclusive');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
}
