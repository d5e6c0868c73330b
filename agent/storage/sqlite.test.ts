import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite } from './sqlite.ts';

it('waits for the disk at every commit', async () => {
  const sqlite = openSqlite(join(mkdtempSync(join(tmpdir(), 'kintsugi-sqlite-')), 'store.db'), { busyTimeoutMs: 100 });
  // 2 is FULL.
  expect(sqlite.database.pragma('synchronous', { simple: true })).toBe(2);
  expect(sqlite.database.pragma('journal_mode', { simple: true })).toBe('wal');
  await sqlite.close();
});
