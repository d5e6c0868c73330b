/** LangGraph's SqliteSaver on the store's own connection: what it writes shares the group commit, and is on disk when it resolves. */
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

export class GroupedSqliteSaver extends SqliteSaver {
  readonly #sqlite: Sqlite;
  readonly #guard: Guard | undefined;

  constructor(sqlite: Sqlite, guard?: Guard) {
    super(sqlite.database, plainJson);
    this.#sqlite = sqlite;
    this.#guard = guard;
  }

  override async put(config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata): Promise<RunnableConfig> {
    return this.#together(config, (saver) => saver.put(config, checkpoint, metadata));
  }

  override async putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    return this.#together(config, (saver) => saver.putWrites(config, writes, taskId));
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

class Recorder extends SqliteSaver {
  constructor(db: Database.Database) {
    super(db, plainJson);
    // The tables are there: the saver behind this one has made them.
    this.isSetup = true;
  }
}
