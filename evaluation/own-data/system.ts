/** A made-up system of services that call one another: what its metrics would be, hour by hour, with and without a fault. */
import type { Series } from '../../agent/diagnosis/case/case.ts';
import type { Random } from '../../chaos/crash/random.ts';

export interface Service {
  node: string;
  /** Seconds of its own work for one request. */
  seconds: number;
  /** Own failures, as a share of requests. */
  failures: number;
  /** Requests from outside in five minutes. */
  visitors: number;
  /** callee → calls for one request. */
  calls: Readonly<Record<string, number>>;
  cpu: number;
}

/** How a service differs from usual. */
export interface Fault {
  node: string;
  /** Added to its own work, in seconds. */
  slower?: number;
  /** Added to its own failures. */
  failing?: number;
  /** Visitors are this many times as many. */
  busier?: number;
}

export interface Stretch {
  /** Unix seconds of the first row. */
  start: number;
  rows: number;
  stepSeconds: number;
  /** Row at which the faults begin. */
  onsetRow: number;
  faults: readonly Fault[];
  /** How far a value is off by chance, as a share of it. */
  noise: number;
}

interface Seen {
  seconds: number;
  failures: number;
  requests: number;
  cpu: number;
}

/** Latency, availability, requests and CPU of every service. Callees come behind their callers in the list. */
export function record(services: readonly Service[], stretch: Stretch, random: Random): Series[] {
  const { start, rows, stepSeconds, onsetRow, faults, noise } = stretch;
  const t = Array.from({ length: rows }, (_, at) => start + at * stepSeconds);
  const seen = t.map((_, at) => observe(services, at >= onsetRow ? faults : []));
  const off = () => 1 + noise * (random.next() + random.next() - 1);
  const series = (node: string, metric: string, stat: string, of: (one: Seen) => number): Series => ({
    node,
    metric,
    stat,
    t,
    v: seen.map((nodes) => rounded(of(nodes.get(node) ?? nothing))),
  });
  return services.flatMap(({ node }) => [
    series(node, 'latency', 'Average', ({ seconds }) => seconds * off()),
    series(node, 'availability', 'Average', ({ failures }) => 100 * (1 - Math.min(1, failures * off()))),
    series(node, 'requests', 'Sum', ({ requests }) => Math.round(requests * off())),
    series(node, 'cpu_utilization', 'Average', ({ cpu }) => Math.min(100, cpu * off())),
  ]);
}

const nothing: Seen = { seconds: 0, failures: 0, requests: 0, cpu: 0 };

/** Traffic flows down the list, latency and failures flow up. */
function observe(services: readonly Service[], faults: readonly Fault[]): Map<string, Seen> {
  const faultOf = new Map(faults.map((fault) => [fault.node, fault]));
  const seen = new Map<string, Seen>();
  for (const { node, visitors, cpu } of services) {
    seen.set(node, { ...nothing, requests: visitors * (faultOf.get(node)?.busier ?? 1), cpu });
  }
  for (const { node, calls } of services) {
    for (const [callee, each] of Object.entries(calls)) {
      const called = seen.get(callee);
      if (called) called.requests += each * (seen.get(node)?.requests ?? 0);
    }
  }
  const usual = requestsOf(services);
  for (const { node, seconds, failures, calls, cpu } of [...services].reverse()) {
    const one = seen.get(node) ?? nothing;
    const load = one.requests / Math.max(1, usual.get(node) ?? 1);
    const fault = faultOf.get(node);
    one.cpu = Math.min(99, cpu * load);
    // Work waits where there is more of it than the processor can do.
    one.seconds = seconds * (1 + Math.max(0, cpu * load - 90) / 20) + (fault?.slower ?? 0);
    one.failures = failures + (fault?.failing ?? 0) + Math.max(0, cpu * load - 140) / 1000;
    for (const [callee, each] of Object.entries(calls)) {
      one.seconds += each * (seen.get(callee)?.seconds ?? 0);
      one.failures += each * (seen.get(callee)?.failures ?? 0);
    }
  }
  return seen;
}

function requestsOf(services: readonly Service[]): Map<string, number> {
  const requests = new Map(services.map(({ node, visitors }) => [node, visitors]));
  for (const { node, calls } of services) {
    for (const [callee, each] of Object.entries(calls))
      requests.set(callee, (requests.get(callee) ?? 0) + each * (requests.get(node) ?? 0));
  }
  return requests;
}

export function edgesOf(services: readonly Service[]): [string, string][] {
  return services.flatMap(({ node, calls }) => Object.keys(calls).map((callee): [string, string] => [node, callee]));
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
