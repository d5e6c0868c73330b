/** LangGraph's checkpoints in the same database as our tables, by its official savers, written as strict plain JSON. */
import type { BaseCheckpointSaver } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { plainJson } from './plain-json.ts';
import { GuardedPostgresSaver } from './postgres-saver.ts';
import { GroupedSqliteSaver, type Guard } from './sqlite-saver.ts';
import type { OpenStore } from './store.ts';

export interface Checkpoints {
  saver: BaseCheckpointSaver;
}

export interface CheckpointOptions {
  /** Runs in the transaction of every put; what it throws refuses the put. For a run that has lost its incident to another process. */
  guard?: Guard;
}

/** The official saver of the store's engine. It lives as long as the store. */
export async function openCheckpoints({ native }: OpenStore, { guard }: CheckpointOptions = {}): Promise<Checkpoints> {
  if (native.name === 'sqlite') return { saver: new GroupedSqliteSaver(native, guard) };
  // It tells a fresh database by the driver's own error.
  await native.migrating(() => new PostgresSaver(native.rawPool, plainJson).setup());
  return { saver: new GuardedPostgresSaver(native, guard) };
}
