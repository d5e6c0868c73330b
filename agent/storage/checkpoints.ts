/** LangGraph's checkpoints in the same SQLite file as our tables, written as strict plain JSON and synced at every commit. */
import type { SerializerProtocol } from '@langchain/langgraph-checkpoint';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import Database from 'better-sqlite3';
import { InvariantError } from '../domain/errors.ts';

/**
 * The saver's default serializer replaces a whole checkpoint by a placeholder when one value is not JSON, and revives objects that
 * merely look like LangChain's. This one throws instead, so that the checkpoint before stays good, and gives back what was written.
 */
const plainJson: SerializerProtocol = {
  async dumpsTyped(data: unknown): Promise<[string, Uint8Array]> {
    return ['json', new TextEncoder().encode(JSON.stringify(data, refuseLoss) ?? 'null')];
  },
  async loadsTyped(type: string, data: Uint8Array | string): Promise<unknown> {
    if (type !== 'json') throw new InvariantError(`checkpoint of type ${type}: only plain JSON is written`);
    return JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data));
  },
};

function refuseLoss(key: string, value: unknown): unknown {
  const lossy =
    typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol' || value instanceof Map || value instanceof Set;
  if (lossy || (typeof value === 'number' && !Number.isFinite(value))) {
    throw new InvariantError(`the graph's state holds ${String(value)} at "${key}", which JSON would lose`);
  }
  return value;
}

export interface Checkpoints {
  saver: SqliteSaver;
  close(): void;
}

export function openCheckpoints(path: string): Checkpoints {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('busy_timeout = 5000');
  return { saver: new SqliteSaver(db, plainJson), close: () => db.close() };
}
