/**
 * Opens the audit trail for reading only: no migration, no lock, nothing written, so that anybody may check it beside agents at work, of
 * whatever version they are.
 */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import pg from 'pg';
import type { TrailReader } from '../audit/verify.ts';
import { ConfigError, StoreError } from '../domain/errors.ts';
import { createTrailReader } from './audit-trail.ts';
import type { StoreAddress } from './store.ts';
import type { Tables } from './tables.ts';

export interface OpenTrailReader extends TrailReader {
  close(): Promise<void>;
}

/** ConfigError when there is no such file; StoreError when it cannot be read. */
export function openTrailReader(address: StoreAddress): OpenTrailReader {
  const db = new Kysely<Tables>({ dialect: dialectOf(address) });
  const reader = createTrailReader({ db });
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw new StoreError('the audit trail cannot be read', {
        cause: error,
        hint: 'a store of version 0.1 has no keys yet: start the agent once; else check that the database is up and may be read',
      });
    }
  };
  return {
    head: () => guarded(reader.head()),
    rows: (afterSeq, limit) => guarded(reader.rows(afterSeq, limit)),
    close: () => db.destroy(),
  };
}

function dialectOf(address: StoreAddress): SqliteDialect | PostgresDialect {
  if ('url' in address) {
    const options = '-c default_transaction_read_only=on';
    return new PostgresDialect({ pool: new pg.Pool({ connectionString: address.url, max: 1, options, connectionTimeoutMillis: 10_000 }) });
  }
  if (!existsSync(address.path)) {
    throw new ConfigError([`KINTSUGI_STORE_PATH=${address.path}: there is no such file`], {
      hint: 'run it with the settings of the agent, from the folder the agent runs in',
    });
  }
  return new SqliteDialect({ database: new Database(address.path, { readonly: true, fileMustExist: true, timeout: 5_000 }) });
}
