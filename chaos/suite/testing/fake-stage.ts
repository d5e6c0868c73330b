/** A stage without a world: its clusters say what the test sets, and every call of its agent's API is answered from lists. */

import { z } from 'zod';
import type { AuditView, IncidentView } from '../../../agent/api/contract.ts';
import type { ClusterControl } from '../../stage/cluster-control.ts';
import type { Caretaker, Change, Stage, StageCluster } from '../../stage/stage.ts';
import type { Experiment } from '../format/schema.ts';
import { action, type ProviderModule, probe } from '../providers/provider.ts';

export interface FakeCluster {
  caretaker: Caretaker;
  /** What the probe `level` of the module `world` reads; null: no data. */
  level: number | null;
  changes: Change[];
}

export interface FakeStage {
  stage: Stage;
  clusters: FakeCluster[];
  incidents: IncidentView[];
  audit: AuditView[];
  /** In order: `set 1 in agent`, `take back in agent` … */
  done: string[];
  modules: readonly ProviderModule[];
}

/** A second of an experiment's file, in milliseconds here. */
const secondMs = 2;

export function fakeStage(caretakers: readonly Caretaker[] = ['agent', 'nobody']): FakeStage {
  const clusters: FakeCluster[] = caretakers.map((caretaker) => ({ caretaker, level: 0, changes: [] }));
  const done: string[] = [];
  const incidents: IncidentView[] = [];
  const audit: AuditView[] = [];
  const agent = {
    api: {
      incidents: async () => [...incidents],
      alerts: async () => [],
      auditAfter: async (seq: number) => audit.filter((entry) => entry.seq > seq),
      modelCostUsd: async () => 0,
      bundle: async () => '{}',
    },
    kill: async () => void done.push('killed'),
    startAgain: async () => void done.push('started again'),
    isRunning: () => true,
    logPath: null,
  };
  const stage: Stage = {
    where: 'sandbox',
    pace: 30,
    seconds: (written) => written * secondMs,
    clusters: clusters.map(clusterOf),
    ...(caretakers.includes('agent') && { agent }),
    prometheusUrl: '',
    untilWell: async () => {},
    stop: async () => {},
  };
  return { stage, clusters, incidents, audit, done, modules: [worldModule(stage, clusters, done)] };
}

function clusterOf(fake: FakeCluster): StageCluster {
  return {
    caretaker: fake.caretaker,
    control: { cluster: fake.caretaker } as ClusterControl,
    userView: async () => ({ errorRatio: fake.level, latencyP95: 0.1 }),
    look: async () => ({ web: { errorRatio: fake.level, latencyP95: 0.1, running: 2, desired: 2, taskDefinition: 'web:1' } }),
    changesSince: async (at) => fake.changes.filter((change) => change.at >= at),
    capacity: async () => ({ running: 2, desired: 2 }),
  };
}

/** `set {to}` sets the level of a cluster, `fail` cannot be done, `wait` goes on until it is told to stop. */
function worldModule(stage: Stage, clusters: readonly FakeCluster[], done: string[]): ProviderModule {
  const fakeOf = (cluster: StageCluster) => clusters[stage.clusters.indexOf(cluster)] as FakeCluster;
  const set = action({
    arguments: z.strictObject({ to: z.number() }),
    strikes: () => ['web'],
    scope: 'each-cluster',
    async run({ to }, { cluster, random }) {
      fakeOf(cluster).level = to;
      done.push(`set ${to} in ${cluster.caretaker} by ${random().toFixed(3)}`);
      return async () => {
        fakeOf(cluster).level = 0;
        done.push(`take back in ${cluster.caretaker}`);
      };
    },
  });
  const fail = action({
    arguments: z.strictObject({}),
    strikes: () => [],
    scope: 'once',
    run: () => Promise.reject(new Error('no way')),
  });
  const wait = action({
    arguments: z.strictObject({}),
    strikes: () => [],
    scope: 'once',
    async run(_given, { signal }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      done.push('waited');
      return undefined;
    },
  });
  const level = probe({
    arguments: z.strictObject({}),
    read: async (_given, { cluster }) => fakeOf(cluster).level,
  });
  return { name: 'world', actions: { set, fail, wait }, probes: { level } };
}

const call = (func: string, given = {}) => ({ type: 'kintsugi' as const, module: 'world', func, arguments: given });
const levelBelow = (most: number) => ({
  type: 'probe' as const,
  name: 'the level is low',
  tolerance: { type: 'range' as const, range: [0, most] as [number, number] },
  provider: call('level'),
});

export function act(
  name: string,
  func: string,
  given = {},
  more: Partial<Experiment['method'][number]> = {},
): Experiment['method'][number] {
  return { type: 'action', name, provider: call(func, given), background: false, ...more };
}

export function experimentOf(method: Experiment['method'], more: Partial<Experiment['extensions'][0]> = {}): Experiment {
  return {
    version: '1.0.0',
    title: 'The level rises in the web',
    description: 'The level rises, and somebody has to lower it.',
    tags: [],
    'steady-state-hypothesis': { title: 'The level is low', probes: [levelBelow(0.05)] },
    method,
    rollbacks: [],
    extensions: [
      {
        name: 'kintsugi',
        kind: 'curable',
        expect: [{ causes: [], changes: [{ action: 'stop-task', service: 'web' }], mayTry: [] }],
        feltAt: 'web',
        blast: { services: ['web'] },
        abort: { probes: [levelBelow(0.9)], seconds: 20 },
        timeLimit: 60,
        stages: ['sandbox'],
        agent: {},
        ...more,
      },
    ],
  };
}
