/**
 * Owns the database: opens the file, brings its schema up to date, and runs queries. Knows no rule about incidents or actions, and
 * nobody outside this folder writes SQL.
 */
import { Kysely, type QueryCreator, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { AuditKeys } from '../audit/key.ts';
import { ConfigError, StoreError } from '../domain/errors.ts';
import { migrations } from './migrations.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';
import type { Steps } from './steps.ts';
import type { Tables } from './tables.ts';

export interface Store {
  /** Builds queries, and runs single ones. More than one that belong together go through `write`. */
  readonly db: QueryCreator<Tables>;
  /** One transaction under the write lock: all of it is on disk when this resolves, or none of it. */
  write<T>(steps: () => Steps<T>): Promise<T>;
  close(): Promise<void>;
  /** Sign and check the audit trail; without them nothing that is audited can be written. */
  readonly auditKeys: AuditKeys | undefined;
}

export interface StoreOptions {
  auditKeys?: AuditKeys;
  /** How long a statement waits for another process's write lock, milliseconds. */
  busyTimeoutMs?: number;
}

/** Opens or creates the store at `path` (a file); `StoreError` when it cannot be used, `ConfigError` when a newer version wrote it. */
export async function openStore(path: string, { busyTimeoutMs = 5_000, auditKeys }: StoreOptions = {}): Promise<Store> {
  const sqlite = openSqlite(path, { busyTimeoutMs });
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqlite.statements }) });
  try {
    await migrate(sqlite, db, path);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return {
    db,
    auditKeys,
    write: async (steps) => sqlite.transact(steps),
    close: async () => sqlite.close(),
  };
}

/** Under the write lock, so that two processes that start at once do not both migrate, and a kill in the middle leaves nothing. */
async function migrate(sqlite: Sqlite, db: Kysely<Tables>, path: string): Promise<void> {
  sqlite.execute('begin immediate');
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
    const unknown = await unknownMigrations(db, migrator);
    if (unknown.length > 0) {
      throw new ConfigError([`store ${path} was written by a newer version (it knows ${unknown.join(', ')})`], {
        hint: 'start that version or a later one, or point the store at another file',
      });
    }
    const { error } = await migrator.migrateToLatest();
    if (error) throw error instanceof Error ? error : new StoreError('the schema could not be brought up to date', { cause: error });
    sqlite.execute('commit');
  } catch (error) {
    sqlite.execute('rollback');
    throw error;
  }
}

async function unknownMigrations(db: Kysely<Tables>, migrator: Migrator): Promise<string[]> {
  const known = new Set((await migrator.getMigrations()).map((migration) => migration.name));
  const bookkeeping = (await db.introspection.getTables({ withInternalKyselyTables: true })).some(
    (table) => table.name === 'kysely_migration',
  );
  if (!bookkeeping) return [];
  const done = await (db as unknown as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  return done.map((row) => row.name).filter((name) => !known.has(name));
}
