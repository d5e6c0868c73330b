/** JSON documents by collection and key, in SQLite. */
import { DatabaseSync } from 'node:sqlite';
import { products } from './products.ts';

export interface Documents {
  get(collection: string, key: string): unknown;
  list(collection: string, limit: number): unknown[];
  put(collection: string, key: string, value: unknown): void;
  remove(collection: string, key: string): void;
}

/** Opens the file, or `:memory:`, and puts the product range into an empty one. */
export function openDocuments(file: string): Documents {
  const database = new DatabaseSync(file);
  database.exec(`CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (collection, key)
  ) WITHOUT ROWID`);
  const get = database.prepare('SELECT value FROM documents WHERE collection = ? AND key = ?');
  const list = database.prepare('SELECT value FROM documents WHERE collection = ? ORDER BY key LIMIT ?');
  const put = database.prepare('INSERT OR REPLACE INTO documents (collection, key, value) VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM documents WHERE collection = ? AND key = ?');
  const documents: Documents = {
    get(collection, key) {
      const row = get.get(collection, key);
      return row === undefined ? undefined : JSON.parse(String(row.value));
    },
    list: (collection, limit) => list.all(collection, limit).map((row) => JSON.parse(String(row.value))),
    put: (collection, key, value) => void put.run(collection, key, JSON.stringify(value)),
    remove: (collection, key) => void remove.run(collection, key),
  };
  if (documents.list('products', 1).length === 0) for (const product of products) documents.put('products', product.id, product);
  return documents;
}
