/** A store of its own for a test, gone afterwards: a file in a folder, or a database on the server of the test run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { createAuditKeys } from '../audit/key.ts';
import { type OpenStore, openStore, type StoreAddress, type StoreOptions } from '../storage/store.ts';

/** Signs the audit trail in tests. */
export const testAuditKeys = createAuditKeys('the-key-of-the-audit-trail-in-tests');

export interface TempStore {
  store: OpenStore;
  address: StoreAddress;
  /** A file in the folder that is removed; with SQLite it is the store. */
  path: string;
  /** Another connection to the same store, as another process would have; closed with it. */
  openAgain(options?: StoreOptions): Promise<OpenStore>;
  /** Runs statements past the store, as somebody with a database shell would; answers the rows of the last one. */
  raw(...statements: string[]): Promise<Record<string, unknown>[]>;
  /** Closes the store and removes it. */
  remove(): Promise<void>;
}

export type TempStoreOptions = StoreOptions & { engine?: 'sqlite' | 'postgres' };

export async function openTempStore({ engine = 'sqlite', ...options }: TempStoreOptions = {}): Promise<TempStore> {
  const place = await makePlace(engine);
  const open = (more: StoreOptions = {}) => openStore(place.address, { auditKeys: testAuditKeys, ...options, ...more });
  const store = await open();
  const others: OpenStore[] = [];
  return {
    store,
    address: place.address,
    path: place.path,
    raw: place.raw,
    async openAgain(more) {
      const other = await open(more);
      others.push(other);
      return other;
    },
    async remove() {
      for (const one of [...others, store]) await one.close();
      await place.remove();
    },
  };
}

export interface TempPlace extends Pick<TempStore, 'address' | 'path' | 'raw'> {
  remove(): Promise<void>;
}

/** A place without a store in it yet. */
export async function makePlace(engine: 'sqlite' | 'postgres'): Promise<TempPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'kintsugi-store-'));
  const path = join(folder, 'agent.db');
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  if (engine === 'sqlite') {
    const raw = async (...statements: string[]) => {
      const database = new Database(path);
      try {
        const last = statements.pop() ?? 'select 1';
        for (const statement of statements) database.exec(statement);
        const prepared = database.prepare<[], Record<string, unknown>>(last);
        if (prepared.reader) return prepared.all();
        prepared.run();
        return [];
      } finally {
        database.close();
      }
    };
    return { address: { path }, path, raw, remove: removeFolder };
  }
  const server = await postgresUrl();
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await onPostgres(server, `create database ${name} template template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    address: { url: url.href },
    path,
    raw: (...statements) => onPostgres(url.href, ...statements),
    async remove() {
      await onPostgres(server, `drop database ${name} with (force)`);
      await removeFolder();
    },
  };
}

async function onPostgres(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let found: Record<string, unknown>[] = [];
    for (const statement of statements) found = (await client.query(statement)).rows;
    return found;
  } finally {
    await client.end();
  }
}

async function postgresUrl(): Promise<string> {
  // Not at the top: programs that tests spawn use this file as well, and there is no vitest in them.
  const { inject } = await import('vitest');
  const door = inject('postgresDoor');
  if (!door) throw new Error('there is no PostgreSQL for the tests');
  const answer = await fetch(door);
  if (!answer.ok) throw new Error(`the PostgreSQL of the tests did not start: ${await answer.text()}`);
  return answer.text();
}

/** Ids that count up: `incident-1`, `incident-2`, … */
export function countingIds(prefix: string): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count}`;
  };
}
