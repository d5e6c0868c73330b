/** JSON documents by collection and key, in SQLite. */
import { DatabaseSync } from 'node:sqlite';
import { products } from './products.ts';

export interface Documents {
  get(collection: string, key: string): unknown;
  list(collection: string, limit: number): unknown[];
  put(collection: string, key: string, value: unknown): void;
  remove(collection: string, key: string): void;
  /** Removes all of a collection. */
  clear(collection: string): void;
  /** Bytes in use; what was removed does not count. */
  usedBytes(): number;
}

const pageBytes = 4_096;
/** Another process may hold the file: the task before this one, or a backup. */
const busyTimeoutMs = 5_000;

/** Opens the file, or `:memory:`, and puts the product range into an empty one. Writes that would take it beyond `maxBytes` fail as on a full disk. */
export function openDocuments(file: string, maxBytes: number | null): Documents {
  const database = new DatabaseSync(file);
  database.exec(
    `PRAGMA busy_timeout = ${busyTimeoutMs}; PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`,
  );
  if (maxBytes !== null) database.exec(`PRAGMA max_page_count = ${Math.floor(maxBytes / pageBytes)}`);
  database.exec(`CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (collection, key)
  ) WITHOUT ROWID`);
  const get = database.prepare('SELECT value FROM documents WHERE collection = ? AND key = ?');
  const list = database.prepare('SELECT value FROM documents WHERE collection = ? ORDER BY key LIMIT ?');
  const put = database.prepare('INSERT OR REPLACE INTO documents (collection, key, value) VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM documents WHERE collection = ? AND key = ?');
  const clear = database.prepare('DELETE FROM documents WHERE collection = ?');
  const pages = database.prepare('SELECT page_count - freelist_count AS used FROM pragma_page_count(), pragma_freelist_count()');
  const documents: Documents = {
    get(collection, key) {
      const row = get.get(collection, key);
      return row === undefined ? undefined : JSON.parse(String(row.value));
    },
    list: (collection, limit) => list.all(collection, limit).map((row) => JSON.parse(String(row.value))),
    put: (collection, key, value) => void put.run(collection, key, JSON.stringify(value)),
    remove: (collection, key) => void remove.run(collection, key),
    clear: (collection) => void clear.run(collection),
    usedBytes: () => Number(pages.get()?.used ?? 0) * pageBytes,
  };
  if (documents.list('products', 1).length === 0) for (const product of products) documents.put('products', product.id, product);
  return documents;
}
