/**
 * Who works on the database now: each agent holds a session lock on a connection of its own, which the server takes back as soon as the
 * connection ends, however the process ended. Needs a direct connection or a pooler in session mode.
 */
import pg from 'pg';
import { guardedAsync } from './postgres-errors.ts';

export interface PostgresPresence {
  enter(owner: string): Promise<void>;
  living(owners: readonly string[]): Promise<string[]>;
  leave(): Promise<void>;
}

const againMs = 1_000;

/** A host that vanished without a word is noticed after some ten seconds. Shared, so that a lost session of our own is no obstacle. */
const settle = `set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3`;
const hold = 'select pg_advisory_lock_shared(hashtextextended($1, 7203900003))';

const holders = `
  select wanted.owner from unnest($1::text[]) as wanted(owner)
  where exists (
    select 1 from pg_locks
    where locktype = 'advisory' and granted and objsubid = 1
      and database = (select oid from pg_database where datname = current_database())
      and (classid::bigint << 32 | objid::bigint) = hashtextextended(wanted.owner, 7203900003)
  )`;

export function postgresPresence(pool: pg.Pool, config: pg.ClientConfig): PostgresPresence {
  const owners = new Set<string>();
  let session: pg.Client | undefined;
  let again: NodeJS.Timeout | undefined;
  let hasLeft = false;

  /** A session that holds the locks of all owners; when it breaks, another one takes its place as soon as the server answers. */
  async function connect(): Promise<void> {
    const fresh = new pg.Client({ ...config, application_name: 'kintsugi presence' });
    fresh.on('error', () => undefined);
    fresh.once('end', () => {
      if (session === fresh) session = undefined;
      retry();
    });
    try {
      await guardedAsync(async () => {
        await fresh.connect();
        await fresh.query(settle);
        for (const owner of owners) await fresh.query(hold, [owner]);
      });
    } catch (error) {
      void fresh.end().catch(() => undefined);
      throw error;
    }
    session = fresh;
    if (hasLeft) await fresh.end();
  }

  function retry(): void {
    if (hasLeft || again || session || owners.size === 0) return;
    again = setTimeout(() => {
      again = undefined;
      connect().catch(retry);
    }, againMs);
    again.unref();
  }

  return {
    async enter(owner) {
      owners.add(owner);
      const current = session;
      if (current) await guardedAsync(() => current.query(hold, [owner]));
      else await connect();
    },
    async living(asked) {
      if (asked.length === 0) return [];
      const found = await pool.query<{ owner: string }>(holders, [[...asked]]);
      return found.rows.map((row) => row.owner);
    },
    async leave() {
      hasLeft = true;
      clearTimeout(again);
      owners.clear();
      await session?.end().catch(() => undefined);
    },
  };
}
