import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite } from './sqlite.ts';
import { openStore } from './store.ts';

it('waits for the disk at every commit', async () => {
  const sqlite = openSqlite(join(mkdtempSync(join(tmpdir(), 'kintsugi-sqlite-')), 'store.db'), { busyTimeoutMs: 100, groupMs: 5 });
  // 2 is FULL.
  expect(sqlite.database.pragma('synchronous', { simple: true })).toBe(2);
  expect(sqlite.database.pragma('journal_mode', { simple: true })).toBe('wal');
  await sqlite.close();
});

it('folds its log into the file once nobody writes', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'kintsugi-sqlite-')), 'store.db');
  const store = await openStore({ path });
  const size = statSync(path).size;
  await store.db
    .insertInto('setting')
    .values({ key: 'long', value: 'x'.repeat(1_000_000), updated_at: '' })
    .execute();
  expect(statSync(path).size).toBe(size);
  await expect.poll(() => statSync(path).size, { timeout: 5_000 }).toBeGreaterThan(size + 1_000_000);
  await store.close();
});
