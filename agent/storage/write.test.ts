import Database from 'better-sqlite3';
import { CompiledQuery } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvariantError, StoreError } from '../domain/errors.ts';
import { engines } from '../testing/engines.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { writeLock } from './postgres.ts';
import { rows, type Steps } from './steps.ts';
import type { OpenStore } from './store.ts';

describe.each(engines)('writing to %s', (engine) => {
  let temp: TempStore;
  let store: OpenStore;
  beforeEach(async () => {
    // However slow the machine is, what is written at once shares a group.
    temp = await openTempStore({ engine, groupMs: 60_000 });
    store = temp.store;
  });
  afterEach(() => temp.remove());

  const insert = (key: string, value = '') => store.db.insertInto('setting').values({ key, value, updated_at: '' });
  function* put(...keys: string[]): Steps<void> {
    for (const key of keys) yield* rows(insert(key));
  }
  const keys = async () => (await temp.raw('select key from setting order by key')).map((row) => row.key);

  it('has on disk what it resolved, in one transaction for all that came at once', async () => {
    const committed: string[] = [];
    const seen: (readonly unknown[])[] = [];
    await Promise.all([
      store.write(() => put('a')).then(() => committed.push('a')),
      store.write(function* () {
        seen.push(yield* rows(store.db.selectFrom('setting').select('key')), [...committed]);
        yield* put('b');
      }),
      insert('c').execute(),
    ]);
    // The second saw the first one's row before the first one's caller heard that it is kept.
    expect(seen).toEqual([[{ key: 'a' }], []]);
    expect(await keys()).toEqual(['a', 'b', 'c']);
  });

  it('keeps nothing of a transaction that fails', async () => {
    await expect(store.write(() => put('a', 'a'))).rejects.toThrow(InvariantError);
    expect(await keys()).toEqual([]);
  });

  it('rolls back alone what fails, wherever it stands among those that came at once', async () => {
    const wrong = new Error('changed my mind');
    const ends = await Promise.allSettled([
      store.write(function* () {
        yield* put('lost-1');
        throw wrong;
      }),
      store.write(() => put('a', 'b')),
      store.write(() => put('lost-2', 'a')),
      insert('a').execute(),
      store.run(insert('c').compile()),
      store.write(function* () {
        yield* put('lost-3');
        yield* rows({ compile: () => CompiledQuery.raw('select from nowhere at all') });
      }),
      store.write(() => put('d')),
    ]);
    expect(ends.map((end) => end.status)).toEqual(['rejected', 'fulfilled', 'rejected', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(ends[0]).toMatchObject({ reason: wrong });
    for (const index of [2, 3, 5]) expect(ends[index]).toMatchObject({ reason: expect.any(InvariantError) });
    expect(await keys()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('tells nobody of success when the commit fails', async () => {
    await temp.raw(
      ...(engine === 'sqlite'
        ? ['select 1']
        : [
            `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = '53100'; end $$`,
            `create constraint trigger at_commit after insert on setting deferrable initially deferred
               for each row when (new.key = 'doomed') execute function refuse()`,
          ]),
    );
    const ends = await Promise.allSettled([
      store.write(() => put('a')),
      store.write(function* () {
        if (engine === 'postgres') return yield* put('doomed');
        yield* rows({ compile: () => CompiledQuery.raw('pragma defer_foreign_keys = on') });
        yield* rows(store.db.insertInto('evidence').values({ id: 'e', incident_id: 'nobody', body: '' }));
      }),
      insert('b').execute(),
    ]);
    expect(ends.map((end) => end.status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await keys()).toEqual([]);
    await store.write(() => put('c'));
    expect(await keys()).toEqual(['c']);
  });

  it('puts what is urgent before what came earlier', async () => {
    const order: string[] = [];
    const noting = (name: string) =>
      function* (): Steps<void> {
        order.push(name);
        yield* put(name);
      };
    await Promise.all([
      store.write(noting('step-1')),
      store.write(noting('step-2')),
      store.write(noting('ack-1'), { urgent: true }),
      store.write(noting('ack-2'), { urgent: true }),
    ]);
    expect(order).toEqual(['ack-1', 'ack-2', 'step-1', 'step-2']);
  });

  it('serves more at once than one group holds', async () => {
    const written = await Promise.all(Array.from({ length: 1_000 }, (_, n) => store.run(insert(`k${n}`).returning('key').compile())));
    expect(written[999]).toEqual([{ key: 'k999' }]);
    expect(await keys()).toHaveLength(1_000);
  });

  it('never lets two processes work from what the other one is about to change', async () => {
    await store.write(function* () {
      yield* rows(insert('count', '0'));
    });
    const other = await temp.openAgain();
    const addOne = ({ db, write }: OpenStore) =>
      write(function* () {
        const [found] = yield* rows(db.selectFrom('setting').select('value').where('key', '=', 'count'));
        yield* rows(
          db
            .updateTable('setting')
            .set({ value: String(Number(found?.value) + 1) })
            .where('key', '=', 'count'),
        );
      });
    await Promise.all(Array.from({ length: 100 }, (_, n) => addOne(n % 2 ? store : other)));
    expect(await temp.raw(`select value from setting where key = 'count'`)).toEqual([{ value: '100' }]);
  });

  it('numbers rows in order, gives numbers back as numbers and bytes as they were', async () => {
    const body = Buffer.from([0, 255, 128, 10]);
    const row = { source: 'alertmanager-webhook', received_at: '', alerts: 1, truncated: 0, status: 'waiting', sorted_alerts: 0 } as const;
    for (const body_hash of ['one', 'two']) {
      await store.db
        .insertInto('notification')
        .values({ ...row, body_hash, body, copies: 0, last_copy_at: null, failures: 0, fault: '' })
        .execute();
    }
    const found = await store.db.selectFrom('notification').select(['seq', 'body', 'alerts']).orderBy('seq').execute();
    expect(found).toEqual([
      { seq: 1, body, alerts: 1 },
      { seq: 2, body, alerts: 1 },
    ]);
    const counted = await store.db
      .selectFrom('notification')
      .select((row) => row.fn.countAll<number>().as('count'))
      .executeTakeFirst();
    expect(counted).toEqual({ count: 2 });
  });

  it('sorts text byte by byte, as the code that compares it does', async () => {
    const wanted = ['2026-01-01T00:00:00.000Z', 'B', 'a', 'a-b', 'a_b', 'ab', 'ä'];
    await store.write(() => put(...[...wanted].reverse()));
    const found = await store.db.selectFrom('setting').select('key').orderBy('key').execute();
    expect(found.map((row) => row.key)).toEqual(wanted);
  });

  it('fails at once what waits together for a lock that does not come, instead of one after the other', async () => {
    const other = await temp.openAgain({ busyTimeoutMs: 500 });
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const holding = holdWriteLock(held);
    await holding.taken;
    const write = (n: number) =>
      other.db
        .insertInto('setting')
        .values({ key: `k${n}`, value: '', updated_at: '' })
        .execute();
    const [first, ...others] = Array.from({ length: 20 }, (_, n) => write(n));
    const freed = first?.catch((error) => {
      letGo();
      return error;
    });
    expect(await freed).toBeInstanceOf(StoreError);
    const ends = await Promise.allSettled(others);
    expect(new Set(ends.map((end) => end.status))).toEqual(new Set(['rejected']));
    await holding.done;
    await write(0);
    expect(await keys()).toEqual(['k0']);
  });

  /** As another process does in a long transaction. */
  function holdWriteLock(until: Promise<void>): { taken: Promise<unknown>; done: Promise<unknown> } {
    if ('path' in temp.address) {
      const database = new Database(temp.address.path);
      database.exec('begin immediate');
      const done = until.then(() => database.exec('commit').close());
      return { taken: Promise.resolve(), done };
    }
    const client = new pg.Client({ connectionString: temp.address.url });
    const taken = client.connect().then(() => client.query(`begin; select pg_advisory_xact_lock(${writeLock})`));
    return { taken, done: until.then(() => client.end()) };
  }

  it('ends what was begun before it closes, and answers afterwards with a store error', async () => {
    const other = await temp.openAgain();
    const write = other.write(() => rows(other.db.insertInto('setting').values({ key: 'a', value: '', updated_at: '' })));
    await other.close();
    await write;
    expect(await keys()).toEqual(['a']);
    await expect(other.write(() => put('b'))).rejects.toThrow(StoreError);
    await expect(other.db.selectFrom('setting').selectAll().execute()).rejects.toThrow(StoreError);
    await other.close();
  });
});

describe.each(engines.filter((engine) => engine === 'postgres'))('a connection to %s that breaks', (engine) => {
  it('fails what it carried as a whole; the next write finds another one', async () => {
    const temp = await openTempStore({ engine });
    const { store } = temp;
    const put = (key: string) => store.db.insertInto('setting').values({ key, value: '', updated_at: '' });
    const breakIt = () => rows({ compile: () => CompiledQuery.raw('select pg_terminate_backend(pg_backend_pid())') });
    const ends = await Promise.allSettled([
      store.write(() => rows(put('a'))),
      store.write(function* () {
        yield* rows(put('b'));
        yield* breakIt();
      }),
      store.db.selectFrom('setting').selectAll().execute(),
    ]);
    expect(ends[0]).toMatchObject({ status: 'rejected', reason: expect.any(StoreError) });
    expect(ends[1]).toMatchObject({ status: 'rejected', reason: expect.objectContaining({ retryable: true }) });
    expect(ends[2]).toMatchObject({ status: 'fulfilled', value: [] });
    await store.write(() => rows(put('c')));
    expect(await temp.raw('select key from setting')).toEqual([{ key: 'c' }]);
    await temp.remove();
  });

  it('takes no other down with it when it breaks while idle', async () => {
    const temp = await openTempStore({ engine });
    await temp.raw('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()');
    const read = () => temp.store.db.selectFrom('setting').selectAll().execute();
    await read().catch((error) => expect(error).toBeInstanceOf(StoreError));
    expect(await read()).toEqual([]);
    await temp.remove();
  });
});
