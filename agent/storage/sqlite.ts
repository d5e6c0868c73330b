/** Everything that is SQLite's own: pragmas, prepared statements, the group commit. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { type CompiledQuery, Kysely, SqliteDialect, type SqliteStatement } from 'kysely';
import { StoreError } from '../domain/errors.ts';
import type { Engine } from './engine.ts';
import { guarded } from './sqlite-errors.ts';
import { foldLogOf } from './sqlite-log.ts';
import { sqlitePresence } from './sqlite-presence.ts';
import type { Steps } from './steps.ts';
import type { Tables } from './tables.ts';
import { Outcomes, type Unit, WriteQueue, type Written } from './write-queue.ts';

export interface Sqlite extends Engine {
  readonly name: 'sqlite';
  /** For who brings SQL of their own and reads only; writes go through `write`. */
  readonly database: Database.Database;
}

export interface SqliteOptions {
  /** How long a statement waits for another process's write lock, milliseconds. */
  busyTimeoutMs: number;
  /** How long a group of writes takes others in. */
  groupMs: number;
}

/** What one group may hold, so that an urgent write that arrives meanwhile does not wait long. */
const maxUnits = 256;

/**
 * Turns of the event loop that a write nobody outside waits for is held back, so that runs which are about to write as well join its
 * commit: a third of the commits, and of the waits for the disk, with 64 runs at once.
 */
const gatherTurns = 2;
/**
 * A write somebody outside waits for is held back as long as each turn brings another, but for no longer than this, milliseconds. A turn
 * of the event loop accepts one connection: with a commit in every turn the last of many new ones would wait for as many commits.
 */
const gatherMs = 8;

/** Bulk statements differ by their number of rows; without a bound a long-lived process would keep them all. */
const maxPrepared = 300;

interface Prepared extends SqliteStatement {
  readonly readonly: boolean;
}

export function openSqlite(path: string, options: SqliteOptions): Sqlite {
  return guarded(() => {
    mkdirSync(dirname(path), { recursive: true });
    // Evidence and alerts are nobody else's to read; SQLite gives its side files the same mode.
    closeSync(openSync(path, 'a', 0o600));
    const database = new Database(path, { timeout: options.busyTimeoutMs });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    database.pragma('recursive_triggers = ON');
    database.pragma('trusted_schema = OFF');
    return wrap(database, path, options);
  });
}

function wrap(database: Database.Database, path: string, { busyTimeoutMs, groupMs }: SqliteOptions): Sqlite {
  const prepared = new Map<string, Prepared>();
  const queue = new WriteQueue(scheduleFlush);
  const presence = sqlitePresence(path);
  let scheduled = false;
  let turnsLeft = 0;
  let isStillComing = false;
  let gatherUntil = 0;
  let isOpen = true;
  const log = foldLogOf(database, path);

  function prepare(sql: string): Prepared {
    const known = prepared.get(sql);
    if (known) return known;
    if (!isOpen) throw new StoreError('the store is closed');
    const statement = guarded(() => database.prepare(sql));
    const safe: Prepared = {
      reader: statement.reader,
      readonly: statement.readonly,
      all: (parameters) => guarded(() => statement.all(parameters)),
      run: (parameters) => guarded(() => statement.run(parameters)),
      iterate: (parameters) => statement.iterate(parameters),
    };
    if (prepared.size >= maxPrepared) prepared.clear();
    prepared.set(sql, safe);
    return safe;
  }

  function run(statement: Prepared, parameters: readonly unknown[]): Written {
    if (statement.reader) return { rows: statement.all(parameters) };
    return { rows: [], changed: BigInt(statement.run(parameters).changes) };
  }

  const begin = () => prepare('begin immediate').run([]);
  const commit = () => prepare('commit').run([]);
  const rollback = () => {
    if (isOpen && database.inTransaction) prepare('rollback').run([]);
  };

  /** Without blocking the thread, which may be the one that has to end the transaction that is in the way. */
  async function beginInTurn(): Promise<void> {
    database.pragma('busy_timeout = 0');
    try {
      for (const deadline = performance.now() + busyTimeoutMs; ; await delay(10)) {
        try {
          return void begin();
        } catch (error) {
          if (!(error instanceof StoreError) || performance.now() > deadline) throw error;
        }
      }
    } finally {
      database.pragma(`busy_timeout = ${busyTimeoutMs}`);
    }
  }

  function scheduleFlush(urgent: boolean): void {
    if (urgent) {
      isStillComing = true;
      turnsLeft = 0;
    }
    if (scheduled) return;
    scheduled = true;
    turnsLeft = urgent ? 0 : gatherTurns;
    gatherUntil = performance.now() + gatherMs;
    setImmediate(gather);
  }

  function gather(): void {
    const goesOn = isStillComing ? performance.now() < gatherUntil : turnsLeft > 0;
    if (!goesOn) {
      flush();
      return;
    }
    isStillComing = false;
    turnsLeft -= 1;
    setImmediate(gather);
  }

  /** One transaction, one wait for the disk, for everything that has gathered since the last one. */
  function flush(): void {
    scheduled = false;
    if (queue.length === 0) return;
    const outcomes = new Outcomes();
    const endBy = performance.now() + groupMs;
    let hasWritten = false;
    let unit = queue.take();
    let hasBegun = false;
    try {
      begin();
      hasBegun = true;
      while (unit) {
        hasWritten = runUnit(unit, outcomes, hasWritten);
        unit = outcomes.count < maxUnits && performance.now() < endBy ? queue.take() : undefined;
      }
      commit();
      outcomes.committed();
      if (hasWritten) log.grew();
    } catch (error) {
      rollback();
      if (unit) outcomes.failed(unit, error);
      if (!hasBegun) for (const waiting of queue.takeAll()) outcomes.failed(waiting, error);
      outcomes.lost(error);
    }
    if (queue.length > 0) scheduleFlush(false);
  }

  /** Answers whether the transaction holds something that was written. */
  function runUnit(unit: Unit, outcomes: Outcomes, hasWritten: boolean): boolean {
    if ('statement' in unit.work) {
      // A statement that fails undoes what it did itself.
      try {
        outcomes.done(unit, run(prepare(unit.work.statement.sql), unit.work.statement.parameters));
      } catch (error) {
        requireTransaction(error);
        outcomes.failed(unit, error);
        return hasWritten;
      }
      return true;
    }
    let undo: 'nothing' | 'savepoint' | 'all' = 'nothing';
    try {
      const running: Steps<unknown> = unit.work.steps();
      let step = running.next([]);
      while (!step.done) {
        const { sql, parameters } = step.value as CompiledQuery;
        const statement = prepare(sql);
        if (undo === 'nothing' && !statement.readonly) {
          // The first to write in a group can be undone with the whole transaction, which costs nothing beforehand.
          if (hasWritten) prepare('savepoint unit').run([]);
          undo = hasWritten ? 'savepoint' : 'all';
        }
        step = running.next(run(statement, parameters).rows);
      }
      if (undo === 'savepoint') prepare('release unit').run([]);
      outcomes.done(unit, step.value);
      return hasWritten || undo !== 'nothing';
    } catch (error) {
      requireTransaction(error);
      if (undo === 'savepoint') {
        prepare('rollback to unit').run([]);
        prepare('release unit').run([]);
      } else if (undo === 'all') {
        rollback();
        begin();
      }
      outcomes.failed(unit, error);
      return hasWritten;
    }
  }

  /** A full disk may end the whole transaction, and with it what the others of the group wrote. */
  function requireTransaction(error: unknown): void {
    if (!database.inTransaction) throw error;
  }

  return {
    name: 'sqlite',
    place: path,
    database,
    async execute(query) {
      const statement = prepare(query.sql);
      const written = statement.readonly ? run(statement, query.parameters) : ((await queue.add({ statement: query })) as Written);
      return written.changed === undefined ? { rows: written.rows } : { rows: written.rows, numAffectedRows: written.changed };
    },
    write: (work, options) => queue.add(work, options),
    async migrating(migrate) {
      await beginInTurn();
      try {
        // Not through the queue: these statements belong into the transaction that has just begun.
        await migrate(new Kysely<Tables>({ dialect: new SqliteDialect({ database: { prepare, close: () => undefined } }) }));
        commit();
      } catch (error) {
        rollback();
        throw error;
      }
    },
    enter: async (owner) => guarded(() => presence.enter(owner)),
    living: async (owners) => guarded(() => presence.living(owners)),
    async close() {
      if (!isOpen) return;
      while (queue.length > 0) flush();
      isOpen = false;
      await log.close();
      prepared.clear();
      presence.leave();
      database.close();
    },
  };
}
