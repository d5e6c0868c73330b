import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cloud, startCloud } from './cloud/server.ts';
import { sqliteStore } from './lab-store.ts';
import { runLane } from './lane.ts';
import { moments } from './moments.ts';
import { endAllReplicas } from './replica.ts';

let folder: string;
let cloud: Cloud;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-lane-'));
  cloud = await startCloud();
});
afterAll(async () => {
  endAllReplicas();
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

it('names every moment once', () => {
  expect(new Set(moments.map(({ name }) => name)).size).toBe(moments.length);
  expect(moments.length).toBeGreaterThanOrEqual(27);
});

it('kills the agent at named moments of its runs and finds every incident ended as it should', { timeout: 120_000 }, async () => {
  const named = ['receive.written', 'effect-made', 'undo-made'].map((name) => ({ moment: moments.find((one) => one.name === name) }));
  const deaths = named.flatMap(({ moment }) => (moment ? [{ moment }] : []));
  const result = await runLane('lane', deaths, {
    engine: 'sqlite',
    runs: 1,
    seed: 1,
    isLab: false,
    parallel: 1,
    cloud,
    createStore: async (name) => sqliteStore(folder, name),
    progress: () => undefined,
  });
  expect(result).toMatchObject({ deaths: 3, unreached: [], failures: [] });
  expect(cloud.world.journal.map(({ cluster, revision }) => `${cluster} ${revision}`).sort()).toEqual([
    'lane-0 1',
    'lane-1 1',
    'lane-2 1',
    'lane-2 2',
  ]);
});
