/** The clusters of the stage on this machine: the shop in each of them, what it depends on, and its shoppers. */
import { join } from 'node:path';
import type { ECSClient } from '@aws-sdk/client-ecs';
import { deployStack, sandboxClient, waitUntilSteady } from '../sandbox/deploy.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { startAcquirer } from '../shop/acquirer/start.ts';
import { flagDocument } from '../shop/checkout/flags.ts';
import type { LoadRun } from '../shop/load/run.ts';
import { startShoppers } from '../shop/load/shoppers.ts';
import { type ShopStack, shopStack } from '../shop/stack.ts';
import { createCluster } from './cluster.ts';
import { type ClientConfig, ClusterControl, createClients } from './cluster-control.ts';
import { createFlags, flagsUrlOf } from './flags.ts';
import { changesOf, pullRequestsOf } from './journal-changes.ts';
import { pause } from './pause.ts';
import { type ClusterRepository, startRepository } from './repository.ts';
import type { Caretaker, Change, FlagsDocument, Outside, StageCluster } from './stage.ts';
import type { Undo } from './undo.ts';

/** Access keys, by which the journal tells who did what. */
export const principals = {
  scripts: 'AKIACHAOSSCRIPTS0000',
  pipeline: 'AKIASHOPPIPELINE0000',
  agent: 'AKIAKINTSUGIAGENT000',
  restarter: 'AKIARESTARTONALERT00',
} as const;

const steadyWithinMs = 120_000;
const lastAnswersMs = 2_000;
const fewShoppersMs = 4_000;

export interface ShopCluster {
  caretaker: Caretaker;
  name: string;
  stack: ShopStack;
  outside?: Outside;
  flags?: FlagsDocument;
  databaseFile?: string;
  repository?: ClusterRepository;
}

export interface ShopOptions {
  clusters: readonly Pick<ShopCluster, 'caretaker' | 'name'>[];
  /** For files of the databases and repositories. */
  dir: string;
  hasSurroundings: boolean;
  hasRepository: boolean;
  signal: AbortSignal;
}

/** Resolves when every service of every cluster is steady. */
export async function startShops(sandbox: Sandbox, options: ShopOptions, undo: Undo): Promise<ShopCluster[]> {
  const { hasSurroundings, dir, signal } = options;
  const names = options.clusters.map(({ name }) => name);
  const flags = hasSurroundings ? await createDocuments(sandbox, names, undo) : undefined;
  const shops: ShopCluster[] = [];
  for (const cluster of options.clusters) {
    const around = hasSurroundings ? await startSurroundings(dir, cluster.name, undo) : undefined;
    const stack = shopStack(cluster.name, around?.settings);
    const document = flags?.get(cluster.name);
    shops.push({
      ...cluster,
      stack,
      ...(around && { outside: around.outside, databaseFile: around.settings.databaseFile }),
      ...(document && { flags: document }),
    });
  }
  for (const { stack } of shops) await deployStack(sandbox, stack);
  for (const { stack } of shops) await waitUntilSteady(sandbox, stack, steadyWithinMs, signal);
  if (options.hasRepository) {
    const ecs = ownClient(sandbox, principals.pipeline, undo);
    for (const shop of shops) {
      const repository = await startRepository({ dir: join(dir, 'repositories'), stack: shop.stack, ecs });
      undo.push(() => repository.stop());
      shop.repository = repository;
    }
  }
  return shops;
}

async function startSurroundings(dir: string, cluster: string, undo: Undo) {
  const acquirer = await startAcquirer();
  undo.push(() => acquirer.stop());
  const databaseFile = join(dir, `${cluster}.db`);
  return { outside: acquirer, settings: { acquirerUrl: acquirer.url, flagsUrl: flagsUrlOf(cluster), databaseFile } };
}

async function createDocuments(sandbox: Sandbox, clusters: readonly string[], undo: Undo): Promise<Map<string, FlagsDocument>> {
  const clients = createClients(clientConfigOf(sandbox, principals.scripts));
  undo.push(() => {
    for (const client of Object.values(clients)) client.destroy();
  });
  return createFlags(clients.appConfig, clusters, flagDocument);
}

export function ownClient(sandbox: Sandbox, principal: string, undo: Undo): ECSClient {
  const ecs = sandboxClient(sandbox, principal);
  undo.push(() => ecs.destroy());
  return ecs;
}

function clientConfigOf({ endpoint, region }: Sandbox, accessKeyId: string): ClientConfig {
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey: 'sandbox' } };
}

export interface Load {
  /** Requests a second into each cluster's storefront. */
  rate: number;
  seed: number;
}

/** With its shoppers at work. */
export function stageClusterOf(shop: ShopCluster, sandbox: Sandbox, prometheusUrl: string, load: Load, undo: Undo): StageCluster {
  const { name, caretaker, stack: _, ...surroundings } = shop;
  const control = new ClusterControl(name, clientConfigOf(sandbox, principals.scripts), (service) => sandbox.balancerUrl(name, service));
  undo.push(() => control.close());
  const shoppers = sendShoppers(control.urlOf('storefront'), load, undo);
  return createCluster(prometheusUrl, control, {
    ...surroundings,
    caretaker,
    shoppers: { usualRate: load.rate, setRate: shoppers.setRate, counts: shoppers.counts },
    changesSince: async (at) => changesIn(shop, sandbox).filter((change) => change.at >= at),
  });
}

function changesIn({ caretaker, repository }: ShopCluster, sandbox: Sandbox): Change[] {
  if (caretaker === 'nobody') return [];
  const calls = changesOf(sandbox.journal(), principals[caretaker], (task) => sandbox.world.task(task)?.service);
  const pulls = caretaker === 'agent' && repository ? pullRequestsOf(repository.journal()) : [];
  return [...calls, ...pulls].toSorted((one, other) => one.at - other.at);
}

/** Few at first: programs that have only just started are slow, and slow ones would raise alerts. */
function sendShoppers(url: string, { rate, seed }: Load, undo: Undo): LoadRun {
  const over = new AbortController();
  const run = startShoppers({ url, rate: rate / 5, seed, signal: over.signal });
  const timer = setTimeout(() => run.setRate(rate), fewShoppersMs);
  undo.push(async () => {
    clearTimeout(timer);
    over.abort();
    await Promise.race([run.done, pause(lastAnswersMs)]);
  });
  return run;
}
