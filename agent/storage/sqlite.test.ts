import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite } from './sqlite.ts';

it('waits for the disk at every commit', () => {
  const sqlite = openSqlite(join(mkdtempSync(join(tmpdir(), 'kintsugi-sqlite-')), 'store.db'), { busyTimeoutMs: 100 });
  const pragma = (name: string) => sqlite.statements.prepare(`pragma ${name}`).all([]);
  // 2 is FULL.
  expect(pragma('synchronous')).toEqual([{ synchronous: 2 }]);
  expect(pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  sqlite.close();
});
