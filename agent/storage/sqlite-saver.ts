/**
 * LangGraph's SqliteSaver on the store's own connection: what it writes shares the group commit, and is on disk when it resolves. What a
 * node wrote needs no rows of its own when the checkpoint that holds it comes within two turns: both would be in one commit, and the rows
 * are only ever read as long as there is no later checkpoint.
 */
import type { RunnableConfig } from '@langchain/core/runnables';
import type { Checkpoint, CheckpointMetadata, PendingWrite } from '@langchain/langgraph-checkpoint';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import type Database from 'better-sqlite3';
import { CompiledQuery } from 'kysely';
import { plainJson } from './plain-json.ts';
import type { Sqlite } from './sqlite.ts';
import type { Steps } from './steps.ts';

/** Steps that run in the transaction of a put; what they throw refuses it. */
export type Guard = (config: RunnableConfig) => Steps<void>;

/** What a node wrote, while it waits for the checkpoint after it. */
interface Held {
  write: () => Promise<void>;
  settle: (written: Promise<unknown>) => void;
}

export class GroupedSqliteSaver extends SqliteSaver {
  readonly #sqlite: Sqlite;
  readonly #guard: Guard | undefined;
  /** By the checkpoint they were made from. */
  readonly #held = new Map<string, Held[]>();

  constructor(sqlite: Sqlite, guard?: Guard) {
    super(sqlite.database, plainJson);
    this.#sqlite = sqlite;
    this.#guard = guard;
  }

  override put(config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata): Promise<RunnableConfig> {
    const made = this.#takeHeld(placeOf(config));
    const written = this.#together(config, (saver) => saver.put(config, checkpoint, metadata));
    for (const { settle } of made) settle(written);
    return written;
  }

  override putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    const write = () => this.#together(config, (saver) => saver.putWrites(config, writes, taskId));
    if (!writes.every(([channel]) => isInCheckpoint(channel))) return write();
    const place = placeOf(config);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const held: Held = { write, settle: resolve };
    const beside = this.#held.get(place);
    if (beside) beside.push(held);
    else {
      this.#held.set(place, [held]);
      // Other nodes of the step may still be at work: what is there is written without a checkpoint then.
      const release = () => {
        for (const one of this.#takeHeld(place)) one.settle(one.write());
      };
      setImmediate(() => setImmediate(release));
    }
    return promise.then(() => undefined);
  }

  #takeHeld(place: string): Held[] {
    const held = this.#held.get(place) ?? [];
    this.#held.delete(place);
    return held;
  }

  override async deleteThread(threadId: string): Promise<void> {
    return this.#together(undefined, (saver) => saver.deleteThread(threadId));
  }

  /** Lets the official saver write into a list, and the list into the store as one unit. */
  async #together<T>(config: RunnableConfig | undefined, write: (saver: SqliteSaver) => Promise<T>): Promise<T> {
    this.setup();
    const statements: CompiledQuery[] = [];
    const answer = await write(this.#recording(statements));
    const guard = config && this.#guard;
    const [only] = statements;
    if (statements.length === 1 && only && !guard) {
      await this.#sqlite.write({ statement: only });
    } else {
      await this.#sqlite.write({
        *steps() {
          if (guard) yield* guard(config);
          for (const statement of statements) yield statement;
        },
      });
    }
    return answer;
  }

  /** The saver as it is, but for the database that this one call writes to. */
  #recording(statements: CompiledQuery[]): SqliteSaver {
    const db: Pick<Database.Database, 'prepare' | 'transaction'> = {
      prepare: ((sql: string) => ({
        run: (...parameters: unknown[]) => statements.push(CompiledQuery.raw(sql, parameters)),
      })) as unknown as Database.Database['prepare'],
      transaction: ((work: unknown) => work) as Database.Database['transaction'],
    };
    return new Recorder(db as Database.Database);
  }
}

function placeOf({ configurable = {} }: RunnableConfig): string {
  return JSON.stringify([configurable.thread_id, configurable.checkpoint_ns ?? '', configurable.checkpoint_id]);
}

/** LangGraph's own (`__interrupt__`, `__error__`, `__pregel_tasks` …) are read from their rows later. */
function isInCheckpoint(channel: string): boolean {
  return !channel.startsWith('__');
}

class Recorder extends SqliteSaver {
  constructor(db: Database.Database) {
    super(db, plainJson);
    // The tables are there: the saver behind this one has made them.
    this.isSetup = true;
  }
}
