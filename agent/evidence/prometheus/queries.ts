/** What is asked of Prometheus, as PromQL: which metric answers which signal, for services, tasks, routes and calls. Builds text, sends nothing. */
import { type Equals, failedCalls, range, selector, serverErrors } from './promql.ts';

export interface Labels {
  clusterLabel: string;
  serviceLabel: string;
  taskLabel: string;
}

export type Scope = 'service' | 'task' | 'route' | 'call';
export type Measure = 'requests' | 'errors' | 'latency-p95' | 'in-flight' | 'memory' | 'cpu' | 'targets-up' | 'targets';
export type When = 'now' | 'before';

export interface Question {
  scope: Scope;
  measure: Measure;
  when: When;
  /** Labels that name one row of the result, in order. */
  by: readonly string[];
  expression: string;
  at: Date;
}

export interface Window {
  when: When;
  at: Date;
  seconds: number;
}

/** Every question of one ask; `focus` names the services that get tasks and routes. */
export function questions(
  labels: Labels,
  cluster: string,
  focus: readonly string[],
  windows: readonly Window[],
  staleAfterSeconds: number,
): Question[] {
  const inCluster: Equals = [[labels.clusterLabel, cluster]];
  const inFocus = focus.map((service): Equals => [...inCluster, [labels.serviceLabel, service]]);
  const service = { scope: 'service', by: [labels.serviceLabel], where: [inCluster] } as const;
  const task = { scope: 'task', by: [labels.serviceLabel, labels.taskLabel], where: inFocus } as const;
  const route = { scope: 'route', by: [labels.serviceLabel, 'method', 'route'], where: inFocus } as const;
  const call = { scope: 'call', by: [labels.serviceLabel, 'peer'], where: [inCluster] } as const;

  const all: Question[] = [];
  for (const { when, at, seconds } of windows) {
    const window = { when, range: range(seconds), staleAfterSeconds };
    const add = (target: Target, measure: Measure, expression: string) =>
      all.push({ scope: target.scope, measure, when, by: target.by, expression, at });
    if (when === 'now') {
      add(service, 'targets-up', targets('sum', service, staleAfterSeconds));
      add(service, 'targets', targets('count', service, staleAfterSeconds));
    }
    for (const target of focus.length > 0 ? [service, task] : [service]) {
      addTraffic(add, target, 'http_requests_total', 'http_request_duration_seconds', serverErrors, window);
      add(target, 'in-flight', level('sum', target, 'http_requests_in_flight', window));
      add(target, 'memory', level('avg', target, 'process_resident_memory_bytes', window));
      add(target, 'cpu', busy(target, 'process_cpu_seconds_total', window));
    }
    addTraffic(add, call, 'http_client_requests_total', 'http_client_request_duration_seconds', failedCalls, window);
    if (focus.length > 0) addTraffic(add, route, 'http_requests_total', 'http_request_duration_seconds', serverErrors, window);
  }
  return all;
}

interface Target {
  scope: Scope;
  by: readonly string[];
  where: readonly Equals[];
}
interface Range {
  when: When;
  range: string;
  staleAfterSeconds: number;
}

function addTraffic(
  add: (target: Target, measure: Measure, expression: string) => void,
  target: Target,
  counter: string,
  histogram: string,
  errors: typeof serverErrors | typeof failedCalls,
  window: Range,
): void {
  const by = target.by.join(',');
  const rate = (metric: string, ...fixed: (typeof errors)[]) =>
    union(target, (equals) => `rate(${selector(metric, equals, ...fixed)}${window.range})`);
  add(target, 'requests', whileFresh(`sum by (${by}) (${rate(counter)})`, target, counter, window));
  add(target, 'errors', whileFresh(`sum by (${by}) (${rate(counter, errors)})`, target, counter, window));
  const buckets = `sum by (${by},le) (${rate(`${histogram}_bucket`)})`;
  add(target, 'latency-p95', whileFresh(`histogram_quantile(0.95, ${buckets})`, target, `${histogram}_count`, window));
}

/** A gauge's mean over the window, of the series that still report: a replaced task must not count beside its replacement. */
function level(aggregate: 'sum' | 'avg', target: Target, gauge: string, window: Range): string {
  return `${aggregate} by (${target.by.join(',')}) (${union(target, (equals) => {
    const series = selector(gauge, equals);
    return `(avg_over_time(${series}${window.range}) and ${fresh(series, window.staleAfterSeconds)})`;
  })})`;
}

/** CPU cores in use, mean per task. */
function busy(target: Target, counter: string, window: Range): string {
  return `avg by (${target.by.join(',')}) (${union(target, (equals) => {
    const series = selector(counter, equals);
    return `(rate(${series}${window.range}) and ${fresh(series, window.staleAfterSeconds)})`;
  })})`;
}

function targets(aggregate: 'sum' | 'count', target: Target, staleAfterSeconds: number): string {
  return `${aggregate} by (${target.by.join(',')}) (${union(target, (equals) => {
    const series = selector('up', equals);
    return `(${series} and ${fresh(series, staleAfterSeconds)})`;
  })})`;
}

/**
 * Keeps a row only while at least one of its series has a sample younger than `staleAfterSeconds`. Requests that a stopped task
 * answered within the window still count, silence of all tasks does not. That is a question about now: the end of an earlier window may lie in the
 * moment of a rollout in which the old tasks report no more and the new ones do not yet, and what was counted until then holds all the same.
 */
function whileFresh(traffic: string, target: Target, metric: string, { when, staleAfterSeconds }: Range): string {
  if (when === 'before') return traffic;
  const by = target.by.join(',');
  const newest = union(target, (equals) => `timestamp(${selector(metric, equals)})`);
  return `${traffic} and on (${by}) (max by (${by}) (${newest}) >= time() - ${staleAfterSeconds})`;
}

function fresh(series: string, staleAfterSeconds: number): string {
  return `(timestamp(${series}) >= time() - ${staleAfterSeconds})`;
}

function union(target: Target, part: (equals: Equals) => string): string {
  return target.where.map(part).join(' or ');
}
