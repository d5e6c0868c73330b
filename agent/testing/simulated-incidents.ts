/**
 * Incidents drawn at random from a model of how faults show, with their true cause: to see how often a confidence is right. The model knows nothing
 * of the rules and their thresholds: faults have any strength, counts are small and noisy, releases come along innocently, numbers go missing.
 */
import type { DiagnosisInput } from '../diagnosis/input.ts';
import type { Cause } from '../domain/cause.ts';
import { Case, taskIds } from './diagnosis-case.ts';

export interface Truth {
  cause: Cause | 'none';
  service: string;
  taskId?: string;
}
export interface SimulatedIncident {
  input: DiagnosisInput;
  truth: Truth;
}

const callersOf: Record<string, string[]> = {
  storefront: [],
  catalog: ['storefront'],
  cart: ['storefront', 'checkout'],
  checkout: ['storefront'],
  payment: ['checkout'],
};
const services = Object.keys(callersOf);
const windowSeconds = 60;

const faults = [
  'release',
  'sick-task',
  'degraded',
  'load',
  'hot-task',
  'dependency',
  'memory',
  'image',
  'unhealthy',
  'no-place',
  'spot',
  'none',
] as const;
type Fault = (typeof faults)[number];

const causeOf: Record<Fault, Truth['cause']> = {
  release: 'bad-deployment',
  'sick-task': 'sick-task',
  degraded: 'all-tasks-degraded',
  load: 'overload',
  'hot-task': 'cpu-runaway',
  dependency: 'dependency-fault',
  memory: 'out-of-memory',
  image: 'task-start-failure',
  unhealthy: 'health-check-failure',
  'no-place': 'placement-failure',
  spot: 'capacity-loss',
  none: 'none',
};

/** How a service, or one of its tasks, does: true values, before they are measured. */
interface Doing {
  rate: number;
  errors: number;
  latency: number;
  cpu: number;
  waiting: number;
}

export function simulatedIncidents(seed: number, number: number): SimulatedIncident[] {
  const draw = drawing(seed);
  return Array.from({ length: number }, () => incident(draw));
}

type Draw = ReturnType<typeof drawing>;

function incident(draw: Draw): SimulatedIncident {
  const fault = draw.oneOf(faults);
  const service = draw.oneOf(services);
  const tasks = taskIds(service);
  const sick = draw.oneOf(tasks);
  const scene = new Case();
  const usual = new Map(services.map((name) => [name, usualOf(draw)]));
  const scope = fault === 'sick-task' || fault === 'hot-task' ? [sick] : tasks;
  const ill = (was: Doing) =>
    fault === 'none' || fault === 'spot' || fault === 'image' || fault === 'no-place' ? was : illOf(fault, was, draw);
  const illNow = ill(perTask(usual.get(service), tasks.length));
  let share = 0;
  let delay = 0;
  for (const taskId of tasks) {
    const was = perTask(usual.get(service), tasks.length);
    const is = scope.includes(taskId) ? illNow : was;
    share += is.errors / tasks.length;
    delay = Math.max(delay, is.latency - was.latency);
    scene.task(service, taskId, measured(is, was, draw));
  }
  const was = usual.get(service) ?? usualOf(draw);
  const isWhole: Doing = {
    rate: fault === 'load' ? illNow.rate * tasks.length : was.rate,
    errors: share,
    latency: was.latency + delay,
    cpu: scope.length === tasks.length ? illNow.cpu : (was.cpu * (tasks.length - 1) + illNow.cpu) / tasks.length,
    waiting: was.waiting + (illNow.waiting * scope.length) / tasks.length,
  };
  scene.service(service, measured(isWhole, was, draw));
  for (const caller of callersOf[service] ?? []) suffers(scene, caller, service, { share, delay, was: usual.get(caller) ?? was }, draw);
  tellEcs(scene, fault, service, draw);
  // Releases come along in a third of all other troubles, half of them elsewhere; one whose image is missing would be guilty.
  if (fault !== 'release' && fault !== 'image' && draw.chance(0.3)) {
    const other = draw.chance(0.5) ? service : draw.oneOf(services);
    release(scene, other, draw.between(60, 3000));
  }
  const alerting = draw.chance(0.3) ? draw.oneOf([service, ...(callersOf[service] ?? [])]) : service;
  const alert =
    delay > 0.3 ? 'HighLatency' : fault === 'image' || fault === 'no-place' || fault === 'spot' ? 'TasksMissing' : 'HighErrorRatio';
  const cause = causeOf[fault];
  const truth: Truth = {
    cause,
    service: fault === 'dependency' ? 'bank' : service,
    ...(cause === 'sick-task' || cause === 'cpu-runaway' ? { taskId: sick } : {}),
  };
  return { input: scene.input(alerting, alert), truth };
}

function usualOf(draw: Draw): Doing {
  return {
    rate: draw.between(1, 30),
    errors: draw.between(0, 0.01),
    latency: draw.between(0.01, 0.15),
    cpu: draw.between(0.02, 0.4),
    waiting: 0.5,
  };
}
function perTask(whole: Doing | undefined, tasks: number): Doing {
  const was = whole ?? { rate: 1, errors: 0, latency: 0.05, cpu: 0.1, waiting: 0.5 };
  return { ...was, rate: was.rate / tasks, waiting: was.waiting / tasks };
}

/** Faults fail requests, slow them down, or both, by any amount. */
function illOf(fault: Fault, was: Doing, draw: Draw): Doing {
  const fails = draw.chance(0.5);
  const errors = fails ? draw.between(0.02, 0.7) : was.errors;
  const latency = fails && draw.chance(0.6) ? was.latency : was.latency * draw.between(3, 40);
  const base = { ...was, waiting: was.waiting + was.rate * (latency - was.latency) };
  switch (fault) {
    case 'load': {
      const times = draw.between(1.3, 4);
      return {
        ...base,
        rate: was.rate * times,
        latency: was.latency * draw.between(2, 30),
        errors: was.errors,
        cpu: Math.min(1, was.cpu * times + draw.between(0, 0.6)),
      };
    }
    case 'hot-task':
      return { ...base, latency: was.latency * draw.between(3, 40), errors: was.errors, cpu: draw.between(0.7, 1) };
    default:
      return { ...base, errors, latency };
  }
}

function suffers(
  scene: Case,
  caller: string,
  callee: string,
  { share, delay, was }: { share: number; delay: number; was: Doing },
  draw: Draw,
): void {
  const part = draw.between(0.3, 1);
  const call: Doing = { rate: was.rate * part, errors: share, latency: was.latency + delay, cpu: 0, waiting: 0 };
  const before = { ...call, errors: 0, latency: was.latency };
  const { 'error-ratio': errors, 'latency-p95': latency, 'request-rate': rate } = measured(call, before, draw);
  scene.call(caller, callee, { 'error-ratio': errors, 'latency-p95': latency, 'request-rate': rate });
  const is = { ...was, errors: was.errors + share * part, latency: was.latency + delay };
  scene.service(caller, measured(is, was, draw));
  for (const taskId of taskIds(caller))
    scene.task(caller, taskId, measured(perTask(is, taskIds(caller).length), perTask(was, taskIds(caller).length), draw));
}

/** What two windows of measurements show of it: few requests, some noise, and a number missing now and then. */
function measured(is: Doing, was: Doing, draw: Draw) {
  const seen = (value: number): number | null => (draw.chance(0.03) ? null : value * draw.noise(0.15));
  const share = (doing: Doing): number | null =>
    draw.chance(0.03) ? null : draw.shareOf(Math.round(doing.rate * windowSeconds), doing.errors);
  return {
    'error-ratio': [share(is), share(was)],
    'latency-p95': [seen(is.latency), seen(was.latency)],
    'request-rate': [seen(is.rate), seen(was.rate)],
    'in-flight': [seen(is.waiting), seen(was.waiting)],
    cpu: [seen(is.cpu), seen(was.cpu)],
  } satisfies Parameters<Case['service']>[1] as Record<
    'error-ratio' | 'latency-p95' | 'request-rate' | 'in-flight' | 'cpu',
    [number | null, number | null]
  >;
}

function tellEcs(scene: Case, fault: Fault, service: string, draw: Draw): void {
  const count = taskIds(service).length;
  const short = (pending: number) => scene.state(service, count, count - 1, pending);
  const stop = (id: string, stopCode: string, reason: string, more: { exitCode?: number; startedSeconds: number | null }) =>
    scene.stopped(service, id, { stoppedSeconds: draw.between(1, 60), stopCode, reason, ...more });
  switch (fault) {
    case 'release':
      release(scene, service, draw.between(5, 1500));
      break;
    case 'dependency': {
      const { errors, latency } = illOf('degraded', { rate: 10, errors: 0, latency: 0.02, cpu: 0, waiting: 0 }, draw);
      scene.call(service, 'bank', { 'error-ratio': [errors, 0], 'latency-p95': [latency, 0.02], 'request-rate': [10, 10] });
      break;
    }
    case 'memory':
      for (const id of ['x', 'y'].slice(0, draw.chance(0.5) ? 1 : 2))
        stop(id, 'EssentialContainerExited', 'OutOfMemoryError: Container killed due to memory usage', {
          exitCode: 137,
          startedSeconds: -900,
        });
      break;
    case 'image':
      short(1);
      stop('x', 'TaskFailedToStart', 'CannotPullContainerError: pull image manifest', { startedSeconds: null });
      if (draw.chance(0.6)) stop('y', 'TaskFailedToStart', 'CannotPullContainerError: pull image manifest', { startedSeconds: null });
      break;
    case 'unhealthy':
      for (const id of ['x', 'y'].slice(0, draw.chance(0.5) ? 1 : 2))
        stop(id, 'ServiceSchedulerInitiated', `Task failed ELB health checks in (target-group ${service})`, { startedSeconds: -9000 });
      if (draw.chance(0.7)) scene.target(service, taskIds(service)[0] ?? '', 'unhealthy', 'Target.Timeout');
      break;
    case 'no-place':
      short(0);
      scene.says(service, 5, 'placement-failure', 'was unable to place a task');
      break;
    case 'spot':
      short(draw.chance(0.5) ? 1 : 0);
      stop('x', 'SpotInterruption', 'Your Spot Task was interrupted.', { startedSeconds: -9000 });
      break;
    default:
      break;
  }
}

/** All tasks run the new revision soon after. */
function release(scene: Case, service: string, secondsBefore: number): void {
  scene.deployed(service, `${service}:2`, -secondsBefore);
  for (const taskId of taskIds(service)) scene.runs(service, taskId, -secondsBefore + Math.min(20, secondsBefore / 2), `${service}:2`);
}

function drawing(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    chance: (share: number): boolean => next() < share,
    between: (least: number, most: number): number => least + (most - least) * next(),
    /** A factor around 1: log-normal. */
    noise: (deviation: number): number => Math.exp(deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
    /** Of so many, each with this probability; null of none. */
    shareOf(number: number, probability: number): number | null {
      if (number === 0) return null;
      let hits = 0;
      for (let index = 0; index < number; index += 1) if (next() < probability) hits += 1;
      return hits / number;
    },
    oneOf<T>(all: readonly T[]): T {
      const found = all[Math.floor(next() * all.length)];
      if (found === undefined) throw new Error('nothing to choose from');
      return found;
    },
  };
}
