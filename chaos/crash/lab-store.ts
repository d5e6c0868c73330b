/** The store one lane of the laboratory works on, and a way to read its rows that is not the agent's. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';

export type Engine = 'sqlite' | 'postgres';

export interface LabStore {
  engine: Engine;
  /** Names the store to the agent. */
  environment: Record<string, string>;
  /** What one statement answers, in words both engines know. */
  rows<Row>(sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

export function sqliteStore(folder: string, name: string): LabStore {
  const path = join(folder, `${name}.db`);
  let database: Database.Database | undefined;
  return {
    engine: 'sqlite',
    environment: { KINTSUGI_STORE_PATH: path },
    async rows<Row>(sql: string) {
      database ??= new Database(path, { readonly: true, fileMustExist: true, timeout: 10_000 });
      return database.prepare(sql).all() as Row[];
    },
    async close() {
      database?.close();
    },
  };
}

/** A database of its own on the server at `serverUrl`; `agentUrl` is where the agent finds the server, when something stands between. */
export async function postgresStore(serverUrl: string, name: string, agentUrl = serverUrl): Promise<LabStore> {
  await query(serverUrl, `create database "${name}"`);
  const url = withDatabase(serverUrl, name);
  let client: pg.Client | undefined;
  return {
    engine: 'postgres',
    environment: { DATABASE_URL: withDatabase(agentUrl, name) },
    async rows<Row>(sql: string) {
      if (!client) {
        client = new pg.Client({ connectionString: url });
        // A server that is stopped on purpose takes this connection with it.
        client.on('error', () => {
          client = undefined;
        });
        await client.connect();
      }
      return (await client.query(sql)).rows as Row[];
    },
    async close() {
      await client?.end();
      await query(serverUrl, `drop database "${name}" with (force)`).catch(() => undefined);
    },
  };
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
