/**
 * Owns the database: opens it, brings its schema up to date, and runs queries. Knows no rule about incidents or actions, and
 * nobody outside this folder writes SQL.
 */
import { type CompiledQuery, Kysely, type QueryCreator } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { AuditKeys } from '../audit/key.ts';
import { ConfigError, StoreError } from '../domain/errors.ts';
import { dialectOf } from './driver.ts';
import type { EngineName } from './engine.ts';
import { migrationsFor } from './migrations.ts';
import { openPostgres, type Postgres } from './postgres.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';
import type { Steps } from './steps.ts';
import type { Tables } from './tables.ts';
import type { WriteOptions, Written } from './write-queue.ts';

export interface Store {
  readonly engine: EngineName;
  /** Builds queries, and runs single ones. More than one that belong together go through `write`. */
  readonly db: QueryCreator<Tables>;
  /**
   * One transaction under the write lock: all of it is on disk when this resolves, or none of it. Calls of the same moment share a
   * commit; one that fails does so alone.
   */
  write<T>(steps: () => Steps<T>, options?: WriteOptions): Promise<T>;
  /** The same for a single statement, at less cost: built once, it can be run again with other parameters. */
  run<Row>(statement: CompiledQuery<Row>, options?: WriteOptions): Promise<Row[]>;
  /** Says that this process works on the store as `owner`, until it closes the store or dies. `ConfigError` when the engine serves one only. */
  enter(owner: string): Promise<void>;
  /** Those of the owners that are at work now; a killed process is not. */
  living(owners: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
  /** Sign and check the audit trail; without them nothing that is audited can be written. */
  readonly auditKeys: AuditKeys | undefined;
}

/** An SQLite file, or a PostgreSQL database. */
export type StoreAddress = { path: string } | { url: string };

export interface StoreOptions {
  auditKeys?: AuditKeys;
  /** How long a statement waits for another process's lock, milliseconds. */
  busyTimeoutMs?: number;
  /** How long a group of writes that share a commit takes others in, milliseconds. */
  groupMs?: number;
}

/** What the checkpoints need beside the tables: the engine itself. */
export interface OpenStore extends Store {
  readonly native: Sqlite | Postgres;
}

/** Opens or creates the store; `StoreError` when it cannot be used, `ConfigError` when a newer version wrote it. */
export async function openStore(address: StoreAddress, { busyTimeoutMs, groupMs, auditKeys }: StoreOptions = {}): Promise<OpenStore> {
  const native =
    'path' in address
      ? openSqlite(address.path, { busyTimeoutMs: busyTimeoutMs ?? 5_000, groupMs: groupMs ?? 5 })
      : openPostgres(address.url, { statementTimeoutMs: busyTimeoutMs ?? 15_000, groupMs: groupMs ?? 10 });
  try {
    await native.migrating((db) => migrate(native, db));
  } catch (error) {
    await native.close();
    throw error;
  }
  return {
    native,
    auditKeys,
    engine: native.name,
    db: new Kysely<Tables>({ dialect: dialectOf(native.name, (query) => native.execute(query)) }),
    write: <T>(steps: () => Steps<T>, options?: WriteOptions) => native.write({ steps }, options) as Promise<T>,
    run: async <Row>(statement: CompiledQuery<Row>, options?: WriteOptions) =>
      ((await native.write({ statement }, options)) as Written).rows as Row[],
    enter: (owner) => native.enter(owner),
    living: (owners) => native.living(owners),
    close: () => native.close(),
  };
}

/** A kill in the middle leaves nothing of it, and two processes that start at once do not both migrate: the engine sees to that. */
async function migrate(native: Sqlite | Postgres, db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrationsFor(native.name) } });
  const unknown = await unknownMigrations(db, migrator);
  if (unknown.length > 0) {
    throw new ConfigError([`store ${native.place} was written by a newer version (it knows ${unknown.join(', ')})`], {
      hint: 'start that version or a later one, or point the store at another place',
    });
  }
  const { error } = await migrator.migrateToLatest();
  if (error) throw error instanceof Error ? error : new StoreError('the schema could not be brought up to date', { cause: error });
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
