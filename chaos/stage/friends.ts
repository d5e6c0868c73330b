/** What stands between the agent and whom it asks, so that what comes back can be spoilt. Whom it has no order about it passes everything on. */
import { type Call, type Fault, type FaultProxy, startFaultProxy } from '../crash/faults/fault-proxy.ts';
import { pause } from './pause.ts';
import { Undo } from './undo.ts';

export const friendNames = ['prometheus', 'alertmanager', 'ecs', 'logs', 'models'] as const;
export type FriendName = (typeof friendNames)[number];

export interface Spoiling {
  how: Fault;
  /** AWS operations or paths; all of them when left out. */
  operations?: readonly string[] | undefined;
  /** The call is carried out first, and only its answer is spoilt. */
  afterEffect?: boolean | undefined;
}

export interface Friends {
  /** The agent's settings by which it asks here. */
  settings: Readonly<Record<string, string>>;
  /** Undefined: all is well again. */
  spoil(which: FriendName, spoiling: Spoiling | undefined): Promise<void>;
  /** Resolves when a call of one of the operations has arrived from this moment on. */
  arrival(which: FriendName, operations: readonly string[], signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export interface Upstreams {
  prometheus: string;
  alertmanager: string;
  aws: string;
}

const betweenLooksMs = 5;
/** Nobody is behind the models: an agent that asks one without more ado finds it dead. */
const nobody = 'http://127.0.0.1:9';

export async function startFriends({ prometheus, alertmanager, aws }: Upstreams): Promise<Friends> {
  const upstreams: Record<FriendName, string> = { prometheus, alertmanager, ecs: aws, logs: aws, models: nobody };
  const undo = new Undo();
  const proxies = {} as Record<FriendName, FaultProxy>;
  for (const name of friendNames) {
    // Names cannot fail here, for the agent asks by address.
    const proxy = await startFaultProxy(upstreams[name], '127.0.0.1', () => undefined);
    undo.push(() => proxy.close());
    proxies[name] = proxy;
  }
  return {
    settings: {
      KINTSUGI_EVIDENCE_PROMETHEUS_URL: proxies.prometheus.url,
      KINTSUGI_RECONCILER_ALERTMANAGER_URL: proxies.alertmanager.url,
      AWS_ENDPOINT_URL_ECS: proxies.ecs.url,
      AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: proxies.logs.url,
      KINTSUGI_LLM_PROVIDER_COMPATIBLE_URL: `${proxies.models.url}/v1`,
    },
    spoil: (which, spoiling) => proxies[which].order(spoiling && orderOf(spoiling)),
    async arrival(which, operations, signal) {
      const { calls } = proxies[which];
      const isOne = (call: Call) => operations.includes(call.operation);
      const seen = calls.length;
      while (!calls.slice(seen).some(isOne)) await pause(betweenLooksMs, signal);
    },
    stop: () => undo.run(),
  };
}

function orderOf({ how, operations, afterEffect }: Spoiling) {
  return {
    fault: how,
    befalls: (operation: string) => operations === undefined || operations.includes(operation),
    ...(afterEffect !== undefined && { afterEffect }),
  };
}
