/**
 * A lease ends by one clock: the database's, where several processes share it; on SQLite by the one process's own, which hardly matters
 * there, for a lease is either its own or a dead process's.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import type { EngineName } from './engine.ts';

export interface LeaseTime {
  /** What stands for a time in a statement, and what is bound to it for `ms` from now. */
  inSql(value: unknown): RawBuilder<string>;
  bound(ms: number): unknown;
}

export function leaseTime(engine: EngineName, clock: Clock): LeaseTime {
  return engine === 'postgres'
    ? {
        inSql: (ms) =>
          sql`to_char(clock_timestamp() at time zone 'UTC' + ${ms}::float8 * interval '1 millisecond', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
        bound: (ms) => ms,
      }
    : { inSql: (at) => sql`${at}`, bound: (ms) => new Date(clock.now().getTime() + ms).toISOString() };
}
