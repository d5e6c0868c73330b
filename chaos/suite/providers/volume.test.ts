import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { startImage } from '../../shop/local-process.ts';
import type { Stage, StageCluster } from '../../stage/stage.ts';
import type { Scope } from './provider.ts';
import { volume } from './volume.ts';

async function database(env: Record<string, string>): Promise<{ url: string; databaseFile: string; scope: Scope }> {
  const dir = await mkdtemp(join(tmpdir(), 'volume-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const databaseFile = join(dir, 'shop.db');
  const { url, stop } = await startImage('shop/database:1.0.3', { DATABASE_FILE: databaseFile, ...env });
  onTestFinished(async () => void (await stop()));
  const cluster = { control: { urlOf: () => url }, databaseFile } as unknown as StageCluster;
  return { url, databaseFile, scope: { stage: {} as Stage, cluster, signal: new AbortController().signal, random: () => 0 } };
}

const write = (url: string) =>
  fetch(`${url}/collections/carts/s1`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"lines":[]}' });

it('fills a bounded volume until nothing can be written and everything can be read, and empties it again', async () => {
  const { url, scope } = await database({ DATABASE_MAX_MB: '1' });
  const { fill } = volume.actions;
  const takeBack = await fill?.run(fill.arguments.parse({ service: 'database' }), scope);
  expect((await write(url)).status).toBe(500);
  expect((await fetch(`${url}/collections/products`)).status).toBe(200);
  await takeBack?.();
  expect((await write(url)).status).toBe(204);
}, 30_000);

it('says so where a volume has no bound', async () => {
  const { scope } = await database({ DATABASE_MAX_MB: '500' });
  const { fill } = volume.actions;
  await expect(fill?.run(fill.arguments.parse({ service: 'database' }), scope)).rejects.toThrow('is not full');
}, 60_000);

it('holds the lock of the file again and again, until it is taken back', async () => {
  const { databaseFile, scope } = await database({});
  const { backup } = volume.actions;
  const other = new DatabaseSync(databaseFile);
  onTestFinished(() => other.close());
  other.exec('PRAGMA busy_timeout = 0');
  const isFree = () => {
    try {
      other.exec('BEGIN IMMEDIATE; ROLLBACK');
      return true;
    } catch {
      return false;
    }
  };
  const takeBack = await backup?.run(backup.arguments.parse({ service: 'database', lockMs: 100, restMs: 150 }), scope);
  for (const state of [false, true, false]) await expect.poll(isFree, { interval: 10, timeout: 10_000 }).toBe(state);
  await takeBack?.();
  expect(isFree()).toBe(true);
}, 30_000);

it('is refused where the store keeps no file', async () => {
  const { scope } = await database({});
  const { backup } = volume.actions;
  const cluster = { ...scope.cluster, databaseFile: undefined } as unknown as StageCluster;
  await expect(
    backup?.run(backup.arguments.parse({ service: 'database', lockMs: 100, restMs: 100 }), { ...scope, cluster }),
  ).rejects.toThrow('keeps no file');
});
