/**
 * An agent in a process of its own that kills itself at a chosen call of a port:
 * `node killed-agent.ts <json>` opens the incidents it is told to and ends when all are closed.
 */
import { appendFileSync } from 'node:fs';
import { createLedger } from '../action/ledger.ts';
import type { NodeDependencies } from '../graph/dependencies.ts';
import { policySettingsSchema } from '../policy/settings.ts';
import { startAgent } from './agent.ts';
import { createFakeClock } from './fake-clock.ts';
import { badDeploymentCured, badDeploymentNotCured } from './scenes.ts';
import { createWorld } from './world.ts';

export interface KilledAgentOrder {
  path: string;
  /** The effects, outside of the store as the real world is. */
  journal: string;
  /** Where the process writes when it ended and at what. */
  deaths: string;
  /** The time at which it starts; from there on time passes as fast as the agent can work. */
  startAt: string;
  /** Clusters to open an incident in; `cured…` is cured by the roll-back, any other is not. */
  open: string[];
  /** The n-th call of any port, `<port>.<method> <before|after>` for the first such call, or never. */
  killAt: number | string | null;
}

/** One line of that file. */
export interface Death {
  label: string;
  at: string | Date;
}

const order = JSON.parse(process.argv[2] ?? '{}') as KilledAgentOrder;
const clock = createFakeClock(order.startAt);
const world = createWorld(
  (done, cluster) => (cluster.startsWith('cured') ? badDeploymentCured : badDeploymentNotCured)(done, cluster),
  order.journal,
);

function ends(label: string): void {
  appendFileSync(order.deaths, `${JSON.stringify({ label, at: clock.now() } satisfies Death)}\n`);
}

let calls = 0;
function reached(label: string): void {
  calls += 1;
  if (order.killAt !== calls && order.killAt !== label) return;
  ends(label);
  process.kill(process.pid, 'SIGKILL');
}

function mortal<Port extends object>(name: string, port: Port): Port {
  return new Proxy(port, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key, target);
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        reached(`${name}.${String(key)} before`);
        const answer: unknown = method.apply(target, args);
        if (!(answer instanceof Promise)) return answer;
        return answer.then((value: unknown) => {
          reached(`${name}.${String(key)} after`);
          return value;
        });
      };
    },
  });
}

function withMortalPorts(deps: NodeDependencies): NodeDependencies {
  const actions = mortal('actions', deps.actions);
  const trail = mortal('trail', deps.trail);
  return {
    ...deps,
    actions,
    trail,
    incidents: mortal('incidents', deps.incidents),
    evidence: mortal('evidence', deps.evidence),
    sources: deps.sources.map((source) => mortal(source.id, source)),
    catalog: deps.catalog.map((action) => mortal('action', action)),
    ledger: createLedger({ store: actions, clock }),
  };
}

const plenty = { changes: 1000, perSeconds: 1 };
const agent = await startAgent({
  path: order.path,
  world,
  clock,
  policy: {
    cooldownSeconds: 0,
    targetBudget: plenty,
    actionBudget: plenty,
    clusterBudget: plenty,
    fleetBudget: plenty,
    breaker: { ...policySettingsSchema.parse({}).breaker, failures: 1000 },
  },
  runner: { concurrency: 100 },
  deps: withMortalPorts,
  saver: (saver) => mortal('saver', saver),
});
for (const cluster of order.open) await agent.alert('checkout', 'HighErrorRatio', cluster);
await agent.until(async () => (await agent.incidents.list({ open: true })).length === 0);
await agent.stop();
ends('nothing left to do');
