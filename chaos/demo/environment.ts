/** Everything a scene needs: the stage with the agent's cluster and a twin without one, as the demo looks at it. */
import { resolve } from 'node:path';
import type { AgentApi } from '../stage/agent-api.ts';
import type { AgentProcess } from '../stage/agent-process.ts';
import type { ClusterControl } from '../stage/cluster-control.ts';
import type { Display } from '../stage/display.ts';
import { type SandboxStage, startSandboxStage } from '../stage/sandbox-stage.ts';
import type { Caretaker, Change, StageCluster } from '../stage/stage.ts';
import type { UserView } from '../stage/user-view.ts';
import { untilWell } from '../stage/well.ts';
import type { Scene } from './scenes/scene.ts';

/** Healthy traffic before the first fault: the agent compares with it. */
const baselineSeconds = 20;
/** Requests a second into each cluster. */
const shoppersPerSecond = 25;

export type ClusterKey = 'shop' | 'twin';

export interface Environment {
  agent: AgentProcess;
  api: AgentApi;
  /** The cluster the agent watches, and its twin without an agent. */
  shop: ClusterControl;
  twin: ClusterControl;
  endpoints: Record<string, string>;
  userView(cluster: ClusterKey, service: string): Promise<UserView>;
  /** What the agent changed, from the sandbox's journal. */
  changesSince(at: number): Promise<Change[]>;
  /** Takes the scene's fault out wherever it still is (`mended`: the agent did so in its cluster), and waits until both are well. */
  restore(scene: Scene, mended: boolean, display: Display, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export async function startEnvironment(display: Display, signal: AbortSignal): Promise<Environment> {
  const began = Date.now();
  let doing = '';
  display.waiting(() => `${((Date.now() - began) / 1000).toFixed(0)} s  ${doing}`);
  const stage = await startSandboxStage({
    caretakers: ['agent', 'nobody'],
    hasSurroundings: false,
    hasRepository: false,
    hasFriends: false,
    hasCpuLimits: false,
    agentSettings: {},
    agentLogPath: resolve('demo-agent.log'),
    baselineSeconds,
    shoppersPerSecond,
    name: 'kintsugi-demo',
    seed: 1,
    onStep: (what) => {
      doing = what;
    },
    signal,
  });
  display.rest();
  display.print(`Everything is up: 2 clusters, 12 services, 24 tasks, ${shoppersPerSecond} requests/s into each.`);
  return environmentOf(stage);
}

function environmentOf(stage: SandboxStage): Environment {
  const { agent, sandbox, apiToken } = stage;
  if (!agent) throw new Error('the stage has no agent');
  const both = { shop: clusterOf(stage, 'agent'), twin: clusterOf(stage, 'nobody') };
  const [shop, twin] = [both.shop.control, both.twin.control];
  return {
    agent: agent.process(),
    api: agent.api,
    shop,
    twin,
    endpoints: {
      storefront: shop.urlOf('storefront'),
      agent: agent.process().url,
      'api token': apiToken,
      prometheus: stage.prometheusUrl,
      alertmanager: stage.alertmanagerUrl,
      aws: sandbox.endpoint,
      journal: `${sandbox.endpoint}/sandbox/journal`,
    },
    userView: (cluster, service) => both[cluster].userView(service),
    changesSince: (at) => both.shop.changesSince(at),
    async restore(scene, mended, display, signal) {
      display.waiting(() => 'taking the fault out of the cluster that has no agent');
      await twin.stopExperiments();
      await shop.stopExperiments();
      await Promise.all([scene.clear(twin), ...(mended ? [] : [scene.clear(shop)])]);
      // Alerts of the scene before may still fire: its agent knows of them.
      const { clusters, prometheusUrl } = stage;
      await untilWell({ clusters, prometheusUrl, edge: 'storefront', withinMs: 60_000, isQuiet: false, signal });
      display.rest();
    },
    stop: stage.stop,
  };
}

function clusterOf({ clusters }: SandboxStage, caretaker: Caretaker): StageCluster {
  const cluster = clusters.find((one) => one.caretaker === caretaker);
  if (!cluster) throw new Error(`the stage has no cluster for ${caretaker}`);
  return cluster;
}
