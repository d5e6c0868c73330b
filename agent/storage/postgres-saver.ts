/** LangGraph's PostgresSaver on the store's own pool; each put asks a guard first, in the same transaction. */
import type { RunnableConfig } from '@langchain/core/runnables';
import type { ChannelVersions, Checkpoint, CheckpointMetadata, PendingWrite } from '@langchain/langgraph-checkpoint';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import type pg from 'pg';
import { plainJson } from './plain-json.ts';
import { type Postgres, writeLock } from './postgres.ts';
import type { Guard } from './sqlite-saver.ts';

export class GuardedPostgresSaver extends PostgresSaver {
  readonly #pool: pg.Pool;
  readonly #guard: Guard | undefined;

  constructor({ pool }: Postgres, guard?: Guard) {
    super(pool, plainJson);
    this.#pool = pool;
    this.#guard = guard;
  }

  override async put(config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, newVersions: ChannelVersions) {
    if (!this.#guard) return super.put(config, checkpoint, metadata, newVersions);
    return this.#guarded(config, this.#guard).put(config, checkpoint, metadata, newVersions);
  }

  override async putWrites(config: RunnableConfig, writes: PendingWrite[], taskId: string): Promise<void> {
    if (!this.#guard) return super.putWrites(config, writes, taskId);
    return this.#guarded(config, this.#guard).putWrites(config, writes, taskId);
  }

  /** The saver as it is, on a pool whose transactions begin with the guard. */
  #guarded(config: RunnableConfig, guard: Guard): PostgresSaver {
    const connect = async () => {
      const client = await this.#pool.connect();
      const query = async (sql: string, parameters?: unknown[]) => {
        const answer = await client.query(sql, parameters);
        if (sql === 'BEGIN') await ask(client, guard(config));
        return answer;
      };
      return { query, release: () => client.release() };
    };
    return new PostgresSaver({ connect } as unknown as pg.Pool, plainJson);
  }
}

async function ask(client: pg.PoolClient, steps: ReturnType<Guard>): Promise<void> {
  // Shared with other puts, and against every write of ours: what the guard reads is true until the commit.
  await client.query(`select pg_advisory_xact_lock_shared(${writeLock})`);
  let step = steps.next([]);
  while (!step.done) step = steps.next((await client.query(step.value.sql, [...step.value.parameters])).rows);
}
