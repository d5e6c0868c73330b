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

it('keeps its log short while somebody writes without a pause', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'kintsugi-sqlite-')), 'store.db');
  const store = await openStore({ path });
  await store.db.insertInto('setting').values({ key: 'long', value: '', updated_at: '' }).execute();
  // A hundred times what it may hold: that it was folded shows in its length, which SQLite cuts when it begins the log anew.
  const length = () => statSync(`${path}-wal`).size;
  let longest = 0;
  for (let n = 0; n < 150; n += 1) {
    const value = String.fromCharCode(97 + (n % 26)).repeat(1_000_000);
    await store.db.updateTable('setting').set({ value }).where('key', '=', 'long').execute();
    longest = Math.max(longest, length());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(longest).toBeGreaterThan(4_200_000);
  // Far below what a commit would fold.
  expect(longest).toBeLessThan(100_000_000);
  await store.close();
  const again = await openStore({ path });
  expect(await again.db.selectFrom('setting').select('key').execute()).toHaveLength(1);
  await again.close();
});
