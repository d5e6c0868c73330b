/** The stage on this machine: everything is started in order on free loopback ports, and stopped without leaving a process behind. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../crash/random.ts';
import { startAlertmanager } from '../monitoring/alertmanager.ts';
import type { ListeningProgram } from '../monitoring/child.ts';
import { findPrograms, type Programs } from '../monitoring/programs.ts';
import { startPrometheus } from '../monitoring/prometheus.ts';
import { type RenderedMonitoring, renderMonitoring } from '../monitoring/render.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { images } from '../shop/images.ts';
import { repository } from './agent-process.ts';
import { type Friends, startFriends } from './friends.ts';
import { pause } from './pause.ts';
import { repositorySettings } from './repository.ts';
import { type ReservedPort, reservePort } from './reserved-port.ts';
import { type Restarter, startRestarter } from './restarter.ts';
import { ownClient, principals, type ShopCluster, stageClusterOf, startShops } from './sandbox-clusters.ts';
import { type Caretaker, type Stage, writtenAtPace } from './stage.ts';
import { type OwnAgent, startStageAgent } from './stage-agent.ts';
import { flagSettings } from './suite-settings.ts';
import { Undo } from './undo.ts';
import { untilWell } from './well.ts';

/** AWS's and the rules' durations are divided by it. */
export const sandboxPace = 30;
const clusterNames = { agent: 'shop', nobody: 'shop-control', restarter: 'shop-second' } as const satisfies Record<Caretaker, string>;
const wellWithinMs = 60_000;
/** Where shoppers arrive. */
const edge = 'storefront';

export interface SandboxStageOptions {
  /** Each has a cluster of its own with the same shop. */
  caretakers: readonly Caretaker[];
  /** An acquirer outside of each cluster, flags in AppConfig, a database in a file of bounded size. */
  hasSurroundings: boolean;
  /** The code of the services on GitHub, with a pipeline. */
  hasRepository: boolean;
  /** What the agent asks can be spoilt. */
  hasFriends: boolean;
  /** A task gets no more of a core than it reserves. */
  hasCpuLimits: boolean;
  /** Put over the agent's usual settings. */
  agentSettings: Readonly<Record<string, string>>;
  agentLogPath: string;
  /** Healthy traffic before anything is done: the agent compares with it. */
  baselineSeconds: number;
  /** Requests a second into each cluster. */
  shoppersPerSecond: number;
  /** Begins the name of the temporary folder. */
  name: string;
  seed: number;
  /** Told what is being done. */
  onStep: (what: string) => void;
  signal: AbortSignal;
}

export interface SandboxStage extends Stage {
  agent?: OwnAgent;
  sandbox: Sandbox;
  alertmanagerUrl: string;
  apiToken: string;
}

/** Resolves when every cluster is well. */
export async function startSandboxStage(options: SandboxStageOptions): Promise<SandboxStage> {
  const undo = new Undo();
  try {
    return await startAll(options, undo);
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function startAll(options: SandboxStageOptions, undo: Undo): Promise<SandboxStage> {
  const { caretakers, hasSurroundings, hasRepository, signal } = options;
  const step = (what: string) => {
    signal.throwIfAborted();
    options.onStep(what);
  };
  step('finding Prometheus and Alertmanager');
  const programs = await findPrograms({ signal, onProgress: options.onStep });

  step('preparing');
  const dir = await mkdtemp(join(tmpdir(), `${options.name}-`));
  undo.push(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  const agentPort = await reserve(undo);
  const restarterPort = caretakers.includes('restarter') ? await reserve(undo) : undefined;
  const webhookToken = newSecret();
  const monitoring = await renderMonitoring({
    dashboardsDir: join(repository, 'dashboards'),
    outDir: join(dir, 'monitoring'),
    pace: sandboxPace,
    webhookUrl: `http://127.0.0.1:${agentPort.port}/webhooks/alertmanager`,
    webhookToken,
    receivers: restarterPort
      ? [{ name: 'restart', cluster: clusterNames.restarter, webhookUrl: `http://127.0.0.1:${restarterPort.port}/` }]
      : [],
  });

  step(`starting the sandbox and ${12 * caretakers.length} tasks in ${caretakers.length} clusters`);
  const sandbox = await startSandbox({
    images,
    pace: sandboxPace,
    targetsFile: join(monitoring.ecsTargetsDir, 'tasks.json'),
    cpuLimits: options.hasCpuLimits,
    random: createRandom(options.seed).next,
  });
  undo.push(() => sandbox.stop());
  const named = caretakers.map((caretaker) => ({ caretaker, name: clusterNames[caretaker] }));
  const shops = await startShops(sandbox, { clusters: named, dir, hasSurroundings, hasRepository, signal }, undo);

  step('starting Prometheus and Alertmanager');
  let restarter: Restarter | undefined;
  if (restarterPort) {
    const ecs = ownClient(sandbox, principals.restarter, undo);
    await restarterPort.release();
    restarter = await startRestarter({ ecs, cluster: clusterNames.restarter, port: restarterPort.port });
    undo.push(restarter.stop);
  }
  const { alertmanager, prometheus } = await startMonitoring(programs, monitoring, dir, agentPort.port, undo);

  const clusters = shops.map((shop, index) =>
    stageClusterOf(shop, sandbox, prometheus.url, { rate: options.shoppersPerSecond, seed: options.seed + index }, undo),
  );
  step(`sending shoppers: ${options.baselineSeconds} s of healthy traffic to compare with`);
  await pause(options.baselineSeconds * 1000, signal);
  const untilAllWell = (abort: AbortSignal) =>
    untilWell({ clusters, prometheusUrl: prometheus.url, edge, withinMs: wellWithinMs, isQuiet: true, signal: abort });
  await untilAllWell(signal);

  let friends: Friends | undefined;
  if (options.hasFriends) {
    friends = await startFriends({ prometheus: prometheus.url, alertmanager: alertmanager.url, aws: sandbox.endpoint });
    undo.push(friends.stop);
  }
  // Whoever mends begins with clusters that are well: what happens while they come up is nobody's fault.
  restarter?.arm();
  const watched = shops.find(({ caretaker }) => caretaker === 'agent');
  const apiToken = newSecret();
  let agent: OwnAgent | undefined;
  if (watched) {
    step('starting the agent');
    await agentPort.release();
    agent = await startStageAgent({
      awsEndpoint: sandbox.endpoint,
      prometheusUrl: prometheus.url,
      alertmanagerUrl: alertmanager.url,
      cluster: watched.name,
      webhookToken,
      apiToken,
      auditKey: newSecret(),
      port: agentPort.port,
      storePath: join(dir, 'kintsugi.db'),
      logPath: options.agentLogPath,
      pace: sandboxPace,
      settings: { ...settingsFor(watched), ...friends?.settings, ...options.agentSettings },
    });
    undo.push(agent.stop);
  }
  return {
    where: 'sandbox',
    pace: sandboxPace,
    seconds: (written) => (written * 1000 * writtenAtPace) / sandboxPace,
    clusters,
    ...(agent && { agent }),
    ...(friends && { friends }),
    prometheusUrl: prometheus.url,
    alertmanagerUrl: alertmanager.url,
    sandbox,
    apiToken,
    untilWell: untilAllWell,
    stop: () => undo.run(),
  };
}

function newSecret(): string {
  return randomBytes(32).toString('hex');
}

async function reserve(undo: Undo): Promise<ReservedPort> {
  const port = await reservePort();
  undo.push(port.release);
  return port;
}

async function startMonitoring(
  programs: Programs,
  monitoring: RenderedMonitoring,
  dir: string,
  agentPort: number,
  undo: Undo,
): Promise<Record<'alertmanager' | 'prometheus', ListeningProgram>> {
  const [prometheusData, alertmanagerData] = [join(dir, 'prometheus-data'), join(dir, 'alertmanager-data')];
  await Promise.all([prometheusData, alertmanagerData].map((folder) => mkdir(folder, { recursive: true })));
  const alertmanager = await startAlertmanager({ programs, configDir: monitoring.alertmanagerDir, dataDir: alertmanagerData });
  undo.push(alertmanager.stop);
  await monitoring.setAlertmanager(alertmanager.address);
  await monitoring.setAgent(`127.0.0.1:${agentPort}`);
  const prometheus = await startPrometheus({ programs, configDir: monitoring.prometheusDir, dataDir: prometheusData, pace: sandboxPace });
  undo.push(prometheus.stop);
  return { alertmanager, prometheus };
}

function settingsFor({ name, flags, repository: code }: ShopCluster): Record<string, string> {
  return { ...(flags && flagSettings(name, flags)), ...(code && repositorySettings(code)) };
}
