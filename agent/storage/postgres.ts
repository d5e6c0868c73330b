/** Everything that is PostgreSQL's own: the pool, the write lock, the group commit, and who is alive. */
import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { StoreError } from '../domain/errors.ts';
import type { Engine } from './engine.ts';
import { guardedAsync } from './postgres-errors.ts';
import { postgresPresence } from './postgres-presence.ts';
import type { Tables } from './tables.ts';
import { Outcomes, type Unit, WriteQueue, type Written } from './write-queue.ts';

export interface Postgres extends Engine {
  readonly name: 'postgres';
  /** For who brings SQL of their own; its failures arrive as our own errors. */
  readonly pool: pg.Pool;
  /** The same with the failures as the driver tells them. */
  readonly rawPool: pg.Pool;
}

export interface PostgresOptions {
  /** How long a statement may take, waiting for a lock included, milliseconds. */
  statementTimeoutMs: number;
  /** How long a group of writes takes others in: other processes wait for the lock meanwhile. */
  groupMs: number;
}

/** Keys of the advisory locks, any two numbers nobody else uses in this database. */
export const writeLock = 7_203_900_001;
const migrationLock = 7_203_900_002;

/** What one group may hold. */
const maxUnits = 256;

/** A process that is stopped in mid-transaction holds the write lock no longer than this. */
const idleInTransactionMs = 5_000;

export function openPostgres(url: string, { statementTimeoutMs, groupMs }: PostgresOptions): Postgres {
  const config: pg.ClientConfig = {
    connectionString: url,
    application_name: 'kintsugi',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    // The network may swallow an answer; the server's own limit comes first.
    query_timeout: statementTimeoutMs + 5_000,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    types: { getTypeParser },
  };
  const pool = new pg.Pool({ ...config, max: 10, idleTimeoutMillis: 30_000 });
  return wrap(pool, config, placeOf(url), groupMs);
}

function wrap(rawPool: pg.Pool, config: pg.ClientConfig, place: string, groupMs: number): Postgres {
  const pool = safePool(rawPool);
  const queue = new WriteQueue(pump);
  const presence = postgresPresence(pool, config);
  let pumping: Promise<void> | undefined;
  let isOpen = true;

  function pump(): void {
    pumping ??= empty();
  }

  async function empty(): Promise<void> {
    // What is written in the same turn of the event loop shares the first group.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (queue.length > 0) await flush();
    // In the same turn as the last look: what is added from now on starts the next round.
    pumping = undefined;
  }

  /** One transaction under the write lock, so that nothing read in it is outdated, whichever process wrote last. */
  async function flush(): Promise<void> {
    const outcomes = new Outcomes();
    let unit = queue.take();
    let client: pg.PoolClient | undefined;
    let hasBegun = false;
    try {
      client = await pool.connect();
      await client.query(`begin; select pg_advisory_xact_lock(${writeLock})`);
      hasBegun = true;
      const endBy = performance.now() + groupMs;
      let isFirst = true;
      while (unit) {
        await runUnit(client, unit, outcomes, isFirst);
        isFirst = false;
        unit = outcomes.count < maxUnits && performance.now() < endBy ? queue.take() : undefined;
      }
      await client.query('commit');
      outcomes.committed();
    } catch (error) {
      // The server rolls back by itself when the connection ends, which `release` sees to after such an error.
      await client?.query('rollback').catch(() => undefined);
      if (unit) outcomes.failed(unit, error);
      if (!hasBegun) for (const waiting of queue.takeAll()) outcomes.failed(waiting, error);
      outcomes.lost(error);
    } finally {
      client?.release();
    }
  }

  /** After a failure of its own, a unit is rolled back alone; a lost connection ends the whole group. */
  async function runUnit(client: pg.PoolClient, unit: Unit, outcomes: Outcomes, isFirst: boolean): Promise<void> {
    await client.query(isFirst ? 'savepoint unit' : 'release unit; savepoint unit');
    try {
      outcomes.done(unit, await work(client, unit));
    } catch (error) {
      if (error instanceof StoreError) throw error;
      await client.query('rollback to unit');
      outcomes.failed(unit, error);
    }
  }

  async function work(client: pg.PoolClient, unit: Unit): Promise<unknown> {
    if ('statement' in unit.work) {
      const { rows, rowCount } = await run(client, unit.work.statement);
      return { rows, changed: BigInt(rowCount ?? 0) } satisfies Written;
    }
    const running = unit.work.steps();
    let step = running.next([]);
    while (!step.done) step = running.next((await run(client, step.value)).rows);
    return step.value;
  }

  return {
    name: 'postgres',
    place,
    pool,
    rawPool,
    async execute(query) {
      if (!isOpen) throw closed();
      if (query.query.kind === 'SelectQueryNode') {
        const { rows } = await run(pool, query);
        return { rows };
      }
      const { rows, changed } = (await queue.add({ statement: query })) as Written;
      return changed === undefined ? { rows } : { rows, numAffectedRows: changed };
    },
    write: async (unit, options) => {
      if (!isOpen) throw closed();
      return queue.add(unit, options);
    },
    async migrating(migrate) {
      const client = await pool.connect();
      try {
        // Held by this transaction while the migrations run on connections of their own, however long they take.
        await client.query(
          `begin; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; select pg_advisory_xact_lock(${migrationLock})`,
        );
        await migrate(new Kysely<Tables>({ dialect: new PostgresDialect({ pool: kyselyPool(pool) }) }));
        await client.query('commit');
      } catch (error) {
        await client.query('rollback').catch(() => undefined);
        throw error;
      } finally {
        client.release();
      }
    },
    enter: (owner) => presence.enter(owner),
    living: (owners) => presence.living(owners),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await pumping;
      await presence.leave();
      await pool.end();
    },
  };
}

async function run(on: Pick<pg.Pool, 'query'>, { sql, parameters }: CompiledQuery): Promise<pg.QueryResult> {
  return on.query(sql, [...parameters]);
}

function closed(): StoreError {
  return new StoreError('the store is closed');
}

/**
 * A pool whose failures are our own errors: a connection that breaks in the hands of a caller is destroyed when it comes back,
 * and none that breaks while idle ends the process.
 */
function safePool(pool: pg.Pool): pg.Pool {
  pool.on('error', () => undefined);
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  const safe = {
    query: (...args: unknown[]) => guardedAsync(() => query(...args)),
    connect: () => guardedAsync(async () => safeClient(await pool.connect())),
    end: () => pool.end(),
  };
  // Beside the pool, not in place of its methods: they call each other.
  return Object.assign(Object.create(pool) as pg.Pool, safe);
}

function safeClient(client: pg.PoolClient): pg.PoolClient {
  let isBroken = false;
  const ignore = () => undefined;
  client.on('error', ignore);
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const safe = {
    async query(...args: unknown[]) {
      try {
        return await guardedAsync(() => query(...args));
      } catch (error) {
        if (error instanceof StoreError) isBroken = true;
        throw error;
      }
    },
    release() {
      client.off('error', ignore);
      client.release(isBroken);
    },
  };
  return Object.assign(Object.create(client) as pg.PoolClient, safe);
}

function kyselyPool(pool: pg.Pool) {
  return {
    options: {},
    connect: () => pool.connect() as unknown as ReturnType<import('kysely').PostgresPool['connect']>,
    end: async () => undefined,
  };
}

/** `bigint` as a number: ours count rows, and no table will hold 2^53 of them. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  if (oid === pg.types.builtins.INT8) return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}

function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'DATABASE_URL';
  }
}
