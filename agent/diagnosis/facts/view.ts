/** The facts of one diagnosis, arranged for look-up. The order in which facts arrived never matters; a number that is no number is missing. */
import type {
  CallEdge,
  ChangeFact,
  DeploymentFact,
  LogPattern,
  MetricSeries,
  PastDeployment,
  Reporting,
  ServiceDeploymentFact,
  ServiceState,
  SignalName,
  SignalReading,
  TargetHealthFact,
  TaskDefinitionFact,
  TaskFact,
} from '../../domain/evidence.ts';
import type { EvidenceId } from '../../domain/ids.ts';
import type { CitedFact, DiagnosisInput, DiagnosisSettings } from '../input.ts';

export type Cited<T> = T & { evidenceId: EvidenceId };
export type Signals = ReadonlyMap<SignalName, Cited<SignalReading>>;

export interface View {
  alert: DiagnosisInput['alert'];
  settings: DiagnosisSettings;
  recentSeconds: number;
  /** Milliseconds since the epoch. */
  onsetMs: number;
  nowMs: number;
  services: ReadonlyMap<string, Signals>;
  /** Service, then task id. */
  taskSignals: ReadonlyMap<string, ReadonlyMap<string, Signals>>;
  /** Service, then method and route. */
  routes: ReadonlyMap<string, ReadonlyMap<string, Signals>>;
  /** Caller, then callee. */
  calls: ReadonlyMap<string, ReadonlyMap<string, Signals>>;
  reporting: ReadonlyMap<string, Cited<Reporting>>;
  states: ReadonlyMap<string, Cited<ServiceState>>;
  deployments: readonly Cited<DeploymentFact>[];
  pastDeployments: readonly Cited<PastDeployment>[];
  tasks: readonly Cited<TaskFact>[];
  targets: readonly Cited<TargetHealthFact>[];
  /** Newest first. */
  serviceDeployments: readonly Cited<ServiceDeploymentFact>[];
  taskDefinitions: readonly Cited<TaskDefinitionFact>[];
  logs: readonly Cited<LogPattern>[];
  series: readonly Cited<MetricSeries>[];
  edges: readonly Cited<CallEdge>[];
  /** ECS refused our reads for asking too often; that GitHub did, or Loki, says nothing about ECS. */
  isThrottled: boolean;
  /** Newest first. */
  changes: readonly Cited<ChangeFact>[];
}

type Readings = Map<SignalName, Cited<SignalReading>>;

export function buildView(input: DiagnosisInput, settings: DiagnosisSettings): View {
  const services = new Map<string, Readings>();
  const taskSignals = new Map<string, Map<string, Readings>>();
  const routes = new Map<string, Map<string, Readings>>();
  const calls = new Map<string, Map<string, Readings>>();
  const reporting = new Map<string, Cited<Reporting>>();
  const states = new Map<string, Cited<ServiceState>>();
  const deployments: Cited<DeploymentFact>[] = [];
  const pastDeployments: Cited<PastDeployment>[] = [];
  const tasks: Cited<TaskFact>[] = [];
  const targets: Cited<TargetHealthFact>[] = [];
  const serviceDeployments: Cited<ServiceDeploymentFact>[] = [];
  const taskDefinitions: Cited<TaskDefinitionFact>[] = [];
  const logs: Cited<LogPattern>[] = [];
  const series: Cited<MetricSeries>[] = [];
  const edges: Cited<CallEdge>[] = [];
  const changes: Cited<ChangeFact>[] = [];
  for (const fact of inStableOrder(input.facts)) {
    switch (fact.kind) {
      case 'service-signal':
        entry(services, fact.service).set(fact.signal, reading(fact));
        break;
      case 'task-signal':
        entry(inner(taskSignals, fact.service), fact.taskId).set(fact.signal, reading(fact));
        break;
      case 'route-signal':
        entry(inner(routes, fact.service), `${fact.method} ${fact.route}`).set(fact.signal, reading(fact));
        break;
      case 'call-signal':
        entry(inner(calls, fact.caller), fact.callee).set(fact.signal, reading(fact));
        break;
      case 'reporting':
        if (areCounts(fact.up, fact.down)) reporting.set(fact.service, fact);
        break;
      case 'service-state':
        if (areCounts(fact.desired, fact.running, fact.pending)) states.set(fact.service, fact);
        break;
      case 'deployment':
        deployments.push(fact);
        break;
      case 'past-deployment':
        pastDeployments.push(fact);
        break;
      case 'task':
        tasks.push(fact);
        break;
      case 'target-health':
        targets.push(fact);
        break;
      case 'service-deployment':
        serviceDeployments.push(fact);
        break;
      case 'log-pattern':
        logs.push(fact);
        break;
      case 'series':
        series.push(fact);
        break;
      case 'call-edge':
        edges.push(fact);
        break;
      case 'change':
        changes.push(fact);
        break;
      case 'task-definition':
        taskDefinitions.push(fact);
        break;
      case 'span':
      case 'alert-rule':
        break;
    }
  }
  for (const edge of edges) addSeenCall(calls, edge, settings.minFailures);
  deployments.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  pastDeployments.sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  serviceDeployments.sort((a, b) => (b.startedAt ?? '').localeCompare(a.startedAt ?? ''));
  changes.sort((a, b) => b.t - a.t);
  const onsetMs = Date.parse(input.onset);
  const nowMs = Date.parse(input.now);
  const lists = { deployments, pastDeployments, tasks, targets, serviceDeployments, taskDefinitions, logs, series, edges, changes };
  const { alert, recentSeconds } = input;
  const isThrottled = input.sources?.some(({ source, detail }) => source === 'ecs' && /\brate-limit: /.test(detail)) ?? false;
  const times = { recentSeconds, onsetMs, nowMs };
  return { alert, settings, ...times, services, taskSignals, routes, calls, reporting, states, isThrottled, ...lists };
}

/**
 * A call only traces saw. Its failures and its rate count; its mean latency does not, for it says nothing about the 95th percentile, and a call
 * somebody merely configured has no numbers at all. What the metrics say of the same call goes before. A few failed calls of a sample may be
 * chance: they make a call neither failing nor fine.
 */
function addSeenCall(
  calls: Map<string, Map<string, Readings>>,
  { caller, callee, calls: seen, errors, windowSeconds, evidenceId }: Cited<CallEdge>,
  minFailures: number,
): void {
  if (seen === null || errors === null || !(seen > 0) || !(windowSeconds > 0) || calls.get(caller)?.has(callee)) return;
  const signals = entry(inner(calls, caller), callee);
  const ratio = errors === 0 || errors >= minFailures ? errors / seen : null;
  for (const [signal, value] of [['error-ratio', ratio] as const, ['request-rate', seen / windowSeconds] as const]) {
    signals.set(signal, { signal, now: plausible(signal, value), before: null, evidenceId });
  }
}

export function serviceSignals(view: View, service: string): Signals {
  return view.services.get(service) ?? new Map();
}
/** Requests answered in the recent window, and how many of them failed; null when either is unknown. */
export function recentRequests(view: View, signals: Signals): { failed: number; total: number } | null {
  const rate = now(signals, 'request-rate');
  const ratio = now(signals, 'error-ratio');
  if (rate === null || ratio === null) return null;
  const total = rate * view.recentSeconds;
  return { failed: ratio * total, total };
}
/** Fewest requests of which the 95th percentile is not just the slowest one. */
const requestsForP95 = 20;

/** Do enough requests stand behind a p95 of the recent window? What is not counted is taken as it is read. */
export function countsForP95(view: View, signals: Signals, atLeast: number = requestsForP95): boolean {
  const rate = now(signals, 'request-rate');
  return rate === null || rate * view.recentSeconds >= atLeast;
}
export function taskSignalsOf(view: View, service: string): ReadonlyMap<string, Signals> {
  return view.taskSignals.get(service) ?? new Map();
}
export function callsFrom(view: View, caller: string): ReadonlyMap<string, Signals> {
  return view.calls.get(caller) ?? new Map();
}
export function callersOf(view: View, callee: string): { caller: string; signals: Signals }[] {
  const found: { caller: string; signals: Signals }[] = [];
  for (const [caller, callees] of view.calls) {
    const signals = callees.get(callee);
    if (signals) found.push({ caller, signals });
  }
  return found;
}
export function tasksOf(view: View, service: string): Cited<TaskFact>[] {
  return view.tasks.filter((task) => task.service === service);
}
export function runningTasks(view: View, service: string): Cited<TaskFact>[] {
  return tasksOf(view, service).filter((task) => task.lastStatus === 'RUNNING');
}

/** The value in the recent window; null when there is none. */
export function now(signals: Signals, name: SignalName): number | null {
  return signals.get(name)?.now ?? null;
}
/** The value in the baseline window; null when there is none. */
export function before(signals: Signals, name: SignalName): number | null {
  return signals.get(name)?.before ?? null;
}

/** Ids of the evidence behind these facts, each once, sorted. */
export function cite(...sources: (Iterable<{ evidenceId: EvidenceId }> | { evidenceId: EvidenceId } | undefined)[]): EvidenceId[] {
  const ids = new Set<EvidenceId>();
  for (const source of sources) {
    if (source === undefined) continue;
    if ('evidenceId' in source) ids.add(source.evidenceId);
    else for (const fact of source) ids.add(fact.evidenceId);
  }
  return [...ids].sort();
}

/** When two facts speak of the same thing, which one counts must not depend on who answered first. */
function inStableOrder(facts: readonly CitedFact[]): CitedFact[] {
  return facts
    .map((fact) => ({ fact, key: `${fact.evidenceId} ${JSON.stringify(fact.kind === 'series' ? shortened(fact) : fact)}` }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ fact }) => fact);
}

/** Thousands of points need not be written out to tell two series apart. */
function shortened({ points, ...series }: MetricSeries): unknown {
  return { ...series, points: [points.length, points[0], points.at(-1)] };
}

function reading(fact: Cited<SignalReading>): Cited<SignalReading> {
  const { signal, evidenceId } = fact;
  return { signal, now: plausible(signal, fact.now), before: plausible(signal, fact.before), evidenceId };
}

/** No sound measurement lies above these: shares, seconds, requests/s, requests, bytes, cores. */
const largest: Record<SignalName, number> = {
  'error-ratio': 1,
  'latency-p95': 86_400,
  'request-rate': 1e7,
  'in-flight': 1e6,
  memory: 1e15,
  cpu: 1e4,
};
/** Extrapolated rates may bring a ratio a hair above 1. */
const rounding = 1.001;

function plausible(signal: SignalName, value: number | null): number | null {
  return value !== null && value >= 0 && value <= largest[signal] * rounding ? value : null;
}

/** Far above what one ECS service may run. */
const mostTasks = 100_000;

function areCounts(...values: number[]): boolean {
  return values.every((value) => Number.isInteger(value) && value >= 0 && value <= mostTasks);
}

function entry(map: Map<string, Readings>, key: string): Readings {
  const found = map.get(key) ?? new Map();
  map.set(key, found);
  return found;
}

function inner(map: Map<string, Map<string, Readings>>, key: string): Map<string, Readings> {
  const found = map.get(key) ?? new Map();
  map.set(key, found);
  return found;
}
