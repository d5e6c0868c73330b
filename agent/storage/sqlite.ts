/** Everything that is SQLite's own: pragmas, the write lock, error codes. Another engine would stand beside this file. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { CompiledQuery, SqliteDatabase, SqliteStatement } from 'kysely';
import { InvariantError, StoreError } from '../domain/errors.ts';
import type { Steps } from './steps.ts';

export interface Sqlite {
  /** What Kysely's dialect runs single statements on; failures arrive as our own errors. */
  readonly statements: SqliteDatabase;
  /** All steps or none, in one go; holds the write lock from the start, so that nothing read in it can be outdated. */
  transact<T>(steps: () => Steps<T>): T;
  execute(sql: string): void;
  close(): void;
}

export interface SqliteOptions {
  /** How long a statement waits for another process's write lock, milliseconds. */
  busyTimeoutMs: number;
}

export function openSqlite(path: string, { busyTimeoutMs }: SqliteOptions): Sqlite {
  return guarded(() => {
    mkdirSync(dirname(path), { recursive: true });
    // Evidence and alerts are nobody else's to read; SQLite gives its side files the same mode.
    closeSync(openSync(path, 'a', 0o600));
    const database = new Database(path, { timeout: busyTimeoutMs });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    database.pragma('recursive_triggers = ON');
    database.pragma('trusted_schema = OFF');
    return wrap(database);
  });
}

function wrap(database: Database.Database): Sqlite {
  const prepared = new Map<string, SqliteStatement>();
  function prepare(sql: string): SqliteStatement {
    const known = prepared.get(sql);
    if (known) return known;
    const statement = guarded(() => database.prepare(sql));
    const safe: SqliteStatement = {
      reader: statement.reader,
      all: (parameters) => guarded(() => statement.all(parameters)),
      run: (parameters) => guarded(() => statement.run(parameters)),
      iterate: (parameters) => statement.iterate(parameters),
    };
    if (prepared.size >= maxPrepared) prepared.clear();
    prepared.set(sql, safe);
    return safe;
  }
  function run({ sql, parameters }: CompiledQuery): unknown[] {
    const statement = prepare(sql);
    if (statement.reader) return statement.all(parameters);
    statement.run(parameters);
    return [];
  }
  function close(): void {
    prepared.clear();
    database.close();
  }
  return {
    statements: { prepare, close },
    transact: (steps) =>
      guarded(() =>
        database
          .transaction(() => {
            const running = steps();
            let step = running.next([]);
            while (!step.done) {
              step = running.next(run(step.value));
            }
            return step.value;
          })
          .immediate(),
      ),
    execute: (sql) => guarded(() => void database.exec(sql)),
    close,
  };
}

/** Bulk statements differ by their number of rows; without a bound a long-lived process would keep them all. */
const maxPrepared = 300;

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translate(error);
  }
}

/** What the disk or a lock did is the store's failure and may pass; a broken constraint or bad SQL is ours. */
function translate(error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return new StoreError('the disk is full', { cause: error, hint: 'free space on the volume of the store; the agent goes on by itself' });
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new StoreError('the store is locked by another process', {
      cause: error,
      hint: 'look for a backup or a second process that holds a long transaction on the file',
    });
  }
  if (code.startsWith('SQLITE_CONSTRAINT') || code === 'SQLITE_ERROR' || code === 'SQLITE_RANGE') {
    return new InvariantError(`the store refused a statement (${code})`, { cause: error });
  }
  if (code.startsWith('SQLITE_') || isFileError(error)) {
    return new StoreError(`the store cannot be used (${code})`, {
      cause: error,
      hint: 'check that the file and its folder exist, are writable and are healthy (PRAGMA integrity_check)',
    });
  }
  if (error instanceof TypeError && error.message.includes('not open')) {
    return new StoreError('the store is closed', { cause: error });
  }
  return error;
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
