/** What a database has to bring to hold the store. `sqlite.ts` and `postgres.ts` bring it. */
import type { CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { Tables } from './tables.ts';
import type { Work, WriteOptions } from './write-queue.ts';

export type EngineName = 'sqlite' | 'postgres';

export interface Engine {
  readonly name: EngineName;
  /** For the messages: the file, or the URL without its password. */
  readonly place: string;
  /** One statement: at once when it only reads, with the next group when it writes. */
  execute(query: CompiledQuery): Promise<QueryResult<unknown>>;
  /** Shares a transaction and its commit with whatever is written at the same moment; fails alone. */
  write(work: Work, options?: WriteOptions): Promise<unknown>;
  /** Runs the migrations on a connection of their own, while no other process does. */
  migrating(migrate: (db: Kysely<Tables>) => Promise<void>): Promise<void>;
  enter(owner: string): Promise<void>;
  living(owners: readonly string[]): Promise<string[]>;
  /** Ends what was begun, then lets go of everything. */
  close(): Promise<void>;
}
