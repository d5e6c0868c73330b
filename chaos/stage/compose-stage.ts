/**
 * The stage that `docker-compose.local.yml` has up already: attached to from within its sandbox container, where every address is on loopback. One
 * cluster, with the agent; nothing is started and nothing is stopped, and the agent keeps what it knows.
 */
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { createAgentApi } from './agent-api.ts';
import { createCluster } from './cluster.ts';
import { ClusterControl } from './cluster-control.ts';
import { changesOf } from './journal-changes.ts';
import { principals } from './sandbox-clusters.ts';
import { type Change, type Stage, writtenAtPace } from './stage.ts';
import { untilWell } from './well.ts';

/** Where its parts listen, in the one network namespace they share. */
export const composeAddresses = {
  agent: 'http://127.0.0.1:8080',
  prometheus: 'http://127.0.0.1:9090',
  alertmanager: 'http://127.0.0.1:9093',
  aws: 'http://127.0.0.1:4566',
} as const;

export const composeCluster = 'shop';
export const composePace = 30;
/** Written when the shop is steady; whoever puts faults in reads where its services are. */
export const shopFile = join(tmpdir(), 'kintsugi-shop.json');
export const Shop = z.record(z.string(), z.string());

const JournalReply = z.object({
  entries: z.array(
    z.object({
      at: z.string(),
      principal: z.string(),
      service: z.string(),
      operation: z.string(),
      input: z.record(z.string(), z.unknown()),
      result: z.string(),
    }),
  ),
});
const wellWithinMs = 120_000;

/** `tokenFile` holds the token of the agent's API. Rejects when the shop is not up. */
export async function startComposeStage(tokenFile: string, signal: AbortSignal): Promise<Stage> {
  const services = await readFile(shopFile, 'utf8').then(
    (text) => Shop.parse(JSON.parse(text)),
    () => {
      throw new Error('the shop is not up; run this in the container that has it: docker-compose exec sandbox …');
    },
  );
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const control = new ClusterControl(composeCluster, {}, (service) => {
    const url = services[service];
    if (url === undefined) throw new Error(`the shop has no service ${service}`);
    return url;
  });
  const { prometheus: prometheusUrl, alertmanager: alertmanagerUrl } = composeAddresses;
  const cluster = createCluster(prometheusUrl, control, { caretaker: 'agent', changesSince: (at) => changesSince(control, at) });
  const isWell = (abort: AbortSignal) =>
    untilWell({ clusters: [cluster], prometheusUrl, edge: 'storefront', withinMs: wellWithinMs, isQuiet: true, signal: abort });
  await isWell(signal);
  return {
    where: 'compose',
    pace: composePace,
    seconds: (written) => (written * 1000 * writtenAtPace) / composePace,
    clusters: [cluster],
    agent: {
      api: createAgentApi(composeAddresses.agent, token),
      isRunning: () => true,
      kill: () => Promise.reject(new Error('the agent of this stage runs in a container of its own')),
      startAgain: () => Promise.resolve(),
      logPath: null,
    },
    prometheusUrl,
    alertmanagerUrl,
    untilWell: isWell,
    stop: async () => control.close(),
  };
}

async function changesSince(control: ClusterControl, at: number): Promise<Change[]> {
  const response = await fetch(`${composeAddresses.aws}/sandbox/journal`, { signal: AbortSignal.timeout(10_000) });
  const { entries } = JournalReply.parse(await response.json());
  const young = entries.filter((entry) => Date.parse(entry.at) >= at);
  const services = await control.servicesOfTasks(young.flatMap(({ input }) => (typeof input.task === 'string' ? [input.task] : [])));
  return changesOf(young, principals.agent, (task) => services.get(task));
}
