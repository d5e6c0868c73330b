/**
 * Beside Prometheus: writes `TARGETS_FOLDER/<cluster>.json` for each of `CLUSTERS`, again and again. While ECS cannot be read the last file
 * stays: tasks that are gone then show as down, which is better than a service that looks as if it had never been there.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ECSClient } from '@aws-sdk/client-ecs';
import { readTargets } from './targets.ts';

const everyMs = 15_000;

async function write(folder: string, cluster: string, ecs: ECSClient): Promise<void> {
  const groups = await readTargets(ecs, cluster);
  const file = join(folder, `${cluster}.json`);
  // Prometheus must never read half a file.
  await writeFile(`${file}.tmp`, JSON.stringify(groups));
  await rename(`${file}.tmp`, file);
}

async function main(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: a program of its own, with no settings but these two
  const { CLUSTERS = '', TARGETS_FOLDER: folder = '' } = process.env;
  const clusters = CLUSTERS.split(',').filter((cluster) => cluster !== '');
  if (clusters.length === 0 || folder === '') throw new Error('CLUSTERS and TARGETS_FOLDER must be set');
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort());
  const ecs = new ECSClient({ maxAttempts: 2 });
  await mkdir(folder, { recursive: true });
  while (!ending.signal.aborted) {
    for (const cluster of clusters) {
      await write(folder, cluster, ecs).catch((error: unknown) => process.stderr.write(`${cluster}: ${String(error)}\n`));
    }
    await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => undefined);
  }
  ecs.destroy();
}

await main();
