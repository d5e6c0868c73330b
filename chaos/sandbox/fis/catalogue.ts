/** The FIS actions the sandbox imitates: parameters with AWS's defaults, and what each does to a task. A table, and how its values are read. */
import { ServiceException } from '../wire/operation.ts';
import type { NetworkFault, TaskStress } from '../world.ts';

export type Effect =
  | { kind: 'stop' }
  | { kind: 'kill'; processName: string; signal: 'SIGTERM' | 'SIGKILL' }
  | { kind: 'network'; fault: NetworkFault; usesEcsEndpoints: boolean }
  | { kind: 'stress'; stress: TaskStress }
  | { kind: 'wait' };

export interface ParameterSpec {
  description: string;
  required?: boolean;
  default?: string;
  /** Answers what is wrong with the value, or nothing. */
  check: (value: string) => string | undefined;
}

export interface ActionSpec {
  id: string;
  description: string;
  /** Empty for actions without a target. */
  targets: Record<string, { resourceType: string }>;
  parameters: Record<string, ParameterSpec>;
  /** Values are complete and checked when this is called. */
  effect: (values: Record<string, string>) => Effect;
}

export function validation(message: string): ServiceException {
  return new ServiceException('ValidationException', message);
}

const MINUTE_MS = 60_000;
const MAX_DURATION_MS = 12 * 3_600_000;
const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** ISO 8601 to milliseconds; undefined when it is not one. */
export function durationMs(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (!match || !/\d/.test(text) || text.endsWith('T')) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * MINUTE_MS + (seconds ?? 0) * 1000;
}

function isDuration(value: string): string | undefined {
  const ms = durationMs(value);
  if (ms === undefined) return 'must be an ISO 8601 duration such as PT5M';
  return ms < MINUTE_MS || ms > MAX_DURATION_MS ? 'must be from 1 minute (PT1M) to 12 hours (PT12H)' : undefined;
}

function isWhole(min: number, max: number): ParameterSpec['check'] {
  return (value) =>
    /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max ? undefined : `must be a whole number from ${min} to ${max}`;
}

function isOneOf(...allowed: string[]): ParameterSpec['check'] {
  return (value) => (allowed.includes(value) ? undefined : `must be one of ${allowed.join(', ')}`);
}

/** For values AWS knows and the sandbox does not. */
function isOnly(value: string): ParameterSpec['check'] {
  return (given) => (given === value ? undefined : `the sandbox imitates only ${value}`);
}

const duration: ParameterSpec = { description: 'How long the action lasts, ISO 8601.', required: true, check: isDuration };
const installDependencies: ParameterSpec = {
  description: 'Whether to install the tools the action needs.',
  default: 'True',
  check: (value) => isOneOf('true', 'false')(value.toLowerCase()),
};
const networkParameters: Record<string, ParameterSpec> = {
  duration,
  useEcsFaultInjectionEndpoints: {
    description: 'Whether to use the ECS fault injection APIs; Fargate needs true.',
    default: 'false',
    check: (value) => isOneOf('true', 'false')(value.toLowerCase()),
  },
  installDependencies,
};
const flowParameters: Record<string, ParameterSpec> = {
  ...networkParameters,
  sources: { description: 'Traffic sources.', default: 'ALL', check: isOnly('ALL') },
  flowsPercent: { description: 'Percent of flows affected.', default: '100', check: isOnly('100') },
};
/** What a small Fargate task sees of its host. */
const visibleCpus = 2;
const stressParameters = (workers: string): Record<string, ParameterSpec> => ({
  duration,
  workers: { description: 'Number of stressors; for the CPU, 0 means one per CPU.', default: workers, check: isWhole(0, 64) },
  installDependencies,
});
const tasks = { Tasks: { resourceType: 'aws:ecs:task' } };

function network(values: Record<string, string>, fault: NetworkFault): Effect {
  return { kind: 'network', fault, usesEcsEndpoints: values.useEcsFaultInjectionEndpoints?.toLowerCase() === 'true' };
}

const specs: ActionSpec[] = [
  { id: 'aws:ecs:stop-task', description: 'Stop the target ECS tasks.', targets: tasks, parameters: {}, effect: () => ({ kind: 'stop' }) },
  {
    id: 'aws:ecs:task-kill-process',
    description: 'Stop a process in the target tasks.',
    targets: tasks,
    parameters: {
      processName: {
        description: 'Name of the process to stop.',
        required: true,
        check: (value) => (/^\S+$/.test(value) ? undefined : 'must be a process name'),
      },
      signal: { description: 'Signal to send.', default: 'SIGTERM', check: isOneOf('SIGTERM', 'SIGKILL') },
      installDependencies,
    },
    effect: (values) => ({
      kind: 'kill',
      processName: values.processName ?? '',
      signal: values.signal === 'SIGKILL' ? 'SIGKILL' : 'SIGTERM',
    }),
  },
  {
    id: 'aws:ecs:task-network-latency',
    description: 'Add latency and jitter to egress traffic of the target tasks.',
    targets: tasks,
    parameters: {
      ...flowParameters,
      delayMilliseconds: { description: 'Delay in milliseconds.', default: '200', check: isWhole(0, 60_000) },
      jitterMilliseconds: { description: 'Jitter in milliseconds.', default: '10', check: isWhole(0, 60_000) },
    },
    effect: (values) =>
      network(values, { kind: 'latency', delayMs: Number(values.delayMilliseconds), jitterMs: Number(values.jitterMilliseconds) }),
  },
  {
    id: 'aws:ecs:task-network-packet-loss',
    description: 'Drop a share of the egress packets of the target tasks.',
    targets: tasks,
    parameters: { ...flowParameters, lossPercent: { description: 'Percent of packets lost.', default: '7', check: isWhole(0, 100) } },
    effect: (values) => network(values, { kind: 'packet-loss', lossPercent: Number(values.lossPercent) }),
  },
  {
    id: 'aws:ecs:task-network-blackhole-port',
    description: 'Drop all traffic of one port of the target tasks.',
    targets: tasks,
    parameters: {
      ...networkParameters,
      port: { description: 'Port number.', required: true, check: isWhole(1, 65_535) },
      trafficType: { description: 'ingress or egress.', required: true, check: isOneOf('ingress', 'egress') },
      protocol: { description: 'tcp or udp.', default: 'tcp', check: isOnly('tcp') },
    },
    effect: (values) =>
      network(values, {
        kind: 'blackhole-port',
        port: Number(values.port),
        trafficType: values.trafficType === 'ingress' ? 'ingress' : 'egress',
      }),
  },
  {
    id: 'aws:ecs:task-cpu-stress',
    description: 'Run CPU stress on the target tasks.',
    targets: tasks,
    parameters: {
      ...stressParameters('0'),
      percent: { description: 'Target load of each stressor, percent.', default: '100', check: isWhole(0, 100) },
    },
    effect: ({ workers, percent }) => ({
      kind: 'stress',
      stress: { kind: 'cpu', workers: Number(workers) || visibleCpus, percent: Number(percent) },
    }),
  },
  {
    id: 'aws:ecs:task-io-stress',
    description: 'Run I/O stress on the target tasks.',
    targets: tasks,
    parameters: {
      ...stressParameters('1'),
      percent: { description: 'Percent of the free disk to use; the sandbox fills nothing.', default: '80', check: isWhole(1, 100) },
    },
    effect: ({ workers }) => ({ kind: 'stress', stress: { kind: 'io', workers: Number(workers) } }),
  },
  { id: 'aws:fis:wait', description: 'Wait.', targets: {}, parameters: { duration }, effect: () => ({ kind: 'wait' }) },
];

export const actionCatalogue: ReadonlyMap<string, ActionSpec> = new Map(specs.map((spec) => [spec.id, spec]));

/** Throws ValidationException for an action AWS has and the sandbox has not, as for one nobody has. */
export function actionSpec(id: string): ActionSpec {
  const spec = actionCatalogue.get(id);
  if (spec) return spec;
  throw validation(`Action ${id} is not imitated by the sandbox; imitated are ${[...actionCatalogue.keys()].join(', ')}.`);
}

/** Fills in defaults. `name` is the action's name in the template. Throws ValidationException. */
export function completeParameters(name: string, spec: ActionSpec, given: Record<string, string>): Record<string, string> {
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(spec.parameters, key));
  if (unknown !== undefined) throw validation(`Action ${name}: ${spec.id} has no parameter ${unknown}.`);
  const complete: Record<string, string> = {};
  for (const [key, parameter] of Object.entries(spec.parameters)) {
    const value = given[key] ?? parameter.default;
    if (value === undefined) {
      if (parameter.required) throw validation(`Action ${name}: parameter ${key} of ${spec.id} is required.`);
      continue;
    }
    const problem = parameter.check(value);
    if (problem !== undefined) throw validation(`Action ${name}: parameter ${key} of ${spec.id} has the value '${value}': ${problem}.`);
    complete[key] = value;
  }
  return complete;
}
