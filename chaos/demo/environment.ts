/** Everything a scene needs, started in order on free loopback ports and stopped without leaving a process behind. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DescribeTasksCommand } from '@aws-sdk/client-ecs';
import { FisClient } from '@aws-sdk/client-fis';
import { startAlertmanager } from '../monitoring/alertmanager.ts';
import { findPrograms } from '../monitoring/programs.ts';
import { startPrometheus } from '../monitoring/prometheus.ts';
import { renderMonitoring } from '../monitoring/render.ts';
import { deployStack, sandboxClient, waitUntilSteady } from '../sandbox/deploy.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import type { JournalEntry } from '../sandbox/wire/journal.ts';
import { images } from '../shop/images.ts';
import { startShoppers } from '../shop/load/shoppers.ts';
import { shopStack } from '../shop/stack.ts';
import { type AgentApi, createAgentApi } from './agent-api.ts';
import { type AgentProcess, repository, startAgent } from './agent-process.ts';
import { ClusterControl } from './cluster-control.ts';
import type { Display } from './display.ts';
import { reservePort } from './reserved-port.ts';
import type { Scene } from './scenes/scene.ts';
import { isWell, readUserView, type UserView } from './user-view.ts';

/** AWS's and the rules' durations are divided by it. */
const pace = 30;
const scripts = 'AKIACHAOSSCRIPTS0000';
const agentPrincipal = 'AKIAKINTSUGIAGENT000';
const clusterNames = { shop: 'shop', twin: 'shop-control' } as const;
/** Requests per second into each cluster's storefront. */
const shoppersPerSecond = 25;
/** Healthy traffic before the first fault: the agent compares with it. */
const baselineSeconds = 20;
const viewWindowSeconds = 4;

export type ClusterKey = keyof typeof clusterNames;

export interface Environment {
  agent: AgentProcess;
  api: AgentApi;
  /** The cluster the agent watches, and its twin without an agent. */
  shop: ClusterControl;
  twin: ClusterControl;
  endpoints: Record<string, string>;
  userView(cluster: ClusterKey, service: string): Promise<UserView>;
  /** Calls of the agent that changed something, from the sandbox's journal. */
  agentChanges(): JournalEntry[];
  /** Service a change touched. */
  serviceOf(change: JournalEntry): Promise<string>;
  /** Takes the scene's fault out wherever it still is (`mended`: the agent did so in its cluster), and waits until both are well. */
  restore(scene: Scene, mended: boolean, display: Display, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

type Undo = () => unknown;

export async function startEnvironment(display: Display, signal: AbortSignal): Promise<Environment> {
  const undo: Undo[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    // A step that fails must not leave the rest running.
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be stopped in order');
  };
  try {
    return await startAll(display, signal, undo, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(display: Display, signal: AbortSignal, undo: Undo[], stop: () => Promise<void>): Promise<Environment> {
  const began = Date.now();
  let doing = 'finding Prometheus and Alertmanager';
  display.waiting(() => `${((Date.now() - began) / 1000).toFixed(0)} s  ${doing}`);
  const step = (what: string) => {
    signal.throwIfAborted();
    doing = what;
  };
  const programs = await findPrograms({
    signal,
    onProgress: (what) => {
      doing = what;
    },
  });

  step('preparing');
  const dir = await mkdtemp(join(tmpdir(), 'kintsugi-demo-'));
  undo.push(() => rm(dir, { recursive: true, force: true }));
  const agentPort = await reservePort();
  undo.push(() => agentPort.release());
  const [webhookToken, apiToken, auditKey] = [newSecret(), newSecret(), newSecret()];
  const monitoring = await renderMonitoring({
    dashboardsDir: join(repository, 'dashboards'),
    outDir: join(dir, 'monitoring'),
    pace,
    webhookUrl: `http://127.0.0.1:${agentPort.port}/webhooks/alertmanager`,
    webhookToken,
  });

  step('starting the sandbox and 24 tasks in two clusters');
  const sandbox = await startSandbox({ images, pace, targetsFile: join(monitoring.ecsTargetsDir, 'tasks.json') });
  undo.push(() => sandbox.stop());
  const stacks = Object.values(clusterNames).map((name) => shopStack(name));
  for (const stack of stacks) await deployStack(sandbox, stack);
  for (const stack of stacks) await waitUntilSteady(sandbox, stack, 120_000, signal);
  const [shop, twin] = [controlOf(sandbox, clusterNames.shop, undo), controlOf(sandbox, clusterNames.twin, undo)];

  step('starting Prometheus and Alertmanager');
  const [promDir, amDir] = [join(dir, 'prometheus-data'), join(dir, 'alertmanager-data')];
  await Promise.all([mkdir(promDir, { recursive: true }), mkdir(amDir, { recursive: true })]);
  const alertmanager = await startAlertmanager({ programs, configDir: monitoring.alertmanagerDir, dataDir: amDir });
  undo.push(() => alertmanager.stop());
  await monitoring.setAlertmanager(alertmanager.address);
  await monitoring.setAgent(`127.0.0.1:${agentPort.port}`);
  const prometheus = await startPrometheus({ programs, configDir: monitoring.prometheusDir, dataDir: promDir, pace });
  undo.push(() => prometheus.stop());

  step('starting the agent');
  await agentPort.release();
  const agent = await startAgent({
    awsEndpoint: sandbox.endpoint,
    prometheusUrl: prometheus.url,
    alertmanagerUrl: alertmanager.url,
    cluster: clusterNames.shop,
    webhookToken,
    apiToken,
    auditKey,
    port: agentPort.port,
    storePath: join(dir, 'kintsugi.db'),
    logPath: resolve('demo-agent.log'),
    pace,
  });
  undo.push(() => agent.stop());

  step(`sending shoppers: ${baselineSeconds} s of healthy traffic to compare with`);
  const shoppers = new AbortController();
  const loads = [shop, twin].map((cluster, i) =>
    startShoppers({ url: cluster.urlOf('storefront'), rate: shoppersPerSecond, seed: i + 1, signal: shoppers.signal }),
  );
  undo.push(async () => {
    shoppers.abort();
    await Promise.race([Promise.all(loads.map((load) => load.done)), pause(2_000)]);
  });
  await pause(baselineSeconds * 1000, signal);

  const userView = (cluster: ClusterKey, service: string) =>
    readUserView(prometheus.url, clusterNames[cluster], service, viewWindowSeconds);
  const ecs = sandboxClient(sandbox, scripts);
  undo.push(() => ecs.destroy());
  const environment: Environment = {
    agent,
    api: createAgentApi(agent.url, apiToken),
    shop,
    twin,
    endpoints: {
      storefront: shop.urlOf('storefront'),
      agent: agent.url,
      'api token': apiToken,
      prometheus: prometheus.url,
      alertmanager: alertmanager.url,
      aws: sandbox.endpoint,
      journal: `${sandbox.endpoint}/sandbox/journal`,
    },
    userView,
    agentChanges: () => sandbox.journal().filter((entry) => entry.principal === agentPrincipal && entry.result === 'ok'),
    async serviceOf(change) {
      if (typeof change.input.service === 'string') return change.input.service;
      if (typeof change.input.task !== 'string') return 'unknown';
      const cluster = typeof change.input.cluster === 'string' ? change.input.cluster : undefined;
      const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [change.input.task] }));
      return tasks?.[0]?.group?.replace(/^service:/, '') ?? 'unknown';
    },
    restore: (scene, mended, show, abort) => restore(environment, scene, mended, show, abort),
    stop,
  };
  await waitUntilWell(environment, signal);
  display.rest();
  display.print(`Everything is up: 2 clusters, 12 services, 24 tasks, ${shoppersPerSecond} requests/s into each.`);
  return environment;
}

function newSecret(): string {
  return randomBytes(32).toString('hex');
}

function controlOf(sandbox: Sandbox, cluster: string, undo: Undo[]): ClusterControl {
  const ecs = sandboxClient(sandbox, scripts);
  const fis = new FisClient({
    endpoint: sandbox.endpoint,
    region: sandbox.region,
    credentials: { accessKeyId: scripts, secretAccessKey: 'sandbox' },
  });
  undo.push(() => {
    ecs.destroy();
    fis.destroy();
  });
  return new ClusterControl(cluster, { ecs, fis }, (service) => sandbox.balancerUrl(cluster, service));
}

async function restore(environment: Environment, scene: Scene, mended: boolean, display: Display, signal: AbortSignal): Promise<void> {
  display.waiting(() => 'taking the fault out of the cluster that has no agent');
  await environment.twin.stopExperiments();
  await environment.shop.stopExperiments();
  await Promise.all([scene.clear(environment.twin), ...(mended ? [] : [scene.clear(environment.shop)])]);
  await waitUntilWell(environment, signal);
  display.rest();
}

/** Both clusters steady, and every service of both within its limits for a whole window. */
async function waitUntilWell(environment: Environment, signal: AbortSignal): Promise<void> {
  const services = ['storefront', 'catalog', 'cart', 'checkout'];
  const deadline = Date.now() + 60_000;
  let good = 0;
  let last = '';
  while (good < 3) {
    if (Date.now() > deadline) throw new Error(`the services did not become well within 60 s: ${last}`);
    await pause(700, signal);
    const steady = await Promise.all([environment.shop.isSteady(), environment.twin.isSteady()]);
    const looks = await Promise.all(
      services.flatMap((service) =>
        (['shop', 'twin'] as const).map(async (key) => ({ key, service, view: await environment.userView(key, service) })),
      ),
    );
    const bad = looks.find((look) => !isWell(look.view));
    last = steady.includes(false) ? 'a deployment is still under way' : bad ? `${bad.key} ${bad.service} ${JSON.stringify(bad.view)}` : '';
    good = last === '' ? good + 1 : 0;
  }
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}
