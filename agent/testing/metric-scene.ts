/** Metrics of a small shop as a case: five services that wait for each other, one row a minute, a fault or none. The same call gives the same numbers. */
import { Case, type Series } from '../diagnosis/case/case.ts';

export const shopEdges: [string, string][] = [
  ['front', 'catalog'],
  ['front', 'basket'],
  ['catalog', 'stock'],
  ['basket', 'stock'],
  ['basket', 'pay'],
];

/** Seconds a service takes by itself, and its requests a row. */
const shop: Record<string, { takes: number; requests: number }> = {
  front: { takes: 0.03, requests: 600 },
  catalog: { takes: 0.02, requests: 400 },
  basket: { takes: 0.015, requests: 200 },
  stock: { takes: 0.005, requests: 600 },
  pay: { takes: 0.08, requests: 200 },
};

export interface Trouble {
  /** Seconds added to each request. */
  delay?: number;
  /** Share of requests that fail. */
  failing?: number;
}

export interface Scene {
  faults?: Record<string, Trouble>;
  edges?: [string, string][];
  rows?: number;
  step?: number;
  /** Rows of the incident. */
  since?: number;
  alert?: Partial<Case['alert']>;
  /** Relative waver of latencies. */
  waver?: number;
  seed?: number;
}

export const start = 1_700_000_000;

export function metricScene({
  faults = {},
  edges = shopEdges,
  rows = 120,
  step = 60,
  since = 8,
  alert,
  waver = 0.05,
  seed = 1,
}: Scene = {}): Case {
  const at = start + rows * step;
  const chance = randomOf(seed);
  const metrics: Series[] = Object.entries(shop).flatMap(([node, { takes, requests }]) => {
    const t = Array.from({ length: rows + since }, (_, row) => start + row * step);
    const isDuring = (time: number) => time >= at;
    const latency = t.map(
      (time) =>
        (takes + below(node, edges, (one) => shop[one]?.takes ?? 0)) * (1 + waver * (chance() + chance() - 1)) +
        (isDuring(time) ? (faults[node]?.delay ?? 0) + below(node, edges, (one) => faults[one]?.delay ?? 0) : 0),
    );
    const availability = t.map((time) =>
      isDuring(time) ? 100 * (1 - (faults[node]?.failing ?? 0)) * (1 - below(node, edges, (one) => faults[one]?.failing ?? 0)) : 100,
    );
    return [
      { node, metric: 'latency', stat: 'Average', t, v: latency },
      { node, metric: 'availability', stat: 'Average', t, v: availability },
      { node, metric: 'requests', stat: 'Sum', t, v: t.map(() => Math.round(requests * (1 + 0.1 * (chance() - 0.5)))) },
    ];
  });
  const aim = { node: 'front', metric: 'latency', stat: 'Average', at, ...alert };
  return Case.parse({ id: 'scene', alert: aim, edges, metrics });
}

/** What a request to a node meets in the nodes below, each callee called by the share of requests that its traffic allows. */
function below(node: string, edges: readonly [string, string][], of: (node: string) => number, seen: readonly string[] = []): number {
  let sum = 0;
  for (const [caller, callee] of edges) {
    if (caller !== node || seen.includes(callee) || callee === node) continue;
    const callers = edges.filter(([, other]) => other === callee).map(([other]) => shop[other]?.requests ?? 0);
    const share = Math.min(
      1,
      (shop[callee]?.requests ?? 0) /
        Math.max(
          1,
          callers.reduce((all, one) => all + one, 0),
        ),
    );
    sum += share * (of(callee) + below(callee, edges, of, [...seen, node]));
  }
  return sum;
}

/** Replaces what a node says: the series that `change` returns undefined for are left out. */
export function withSeries(kase: Case, change: (series: Series) => Series | undefined, more: readonly Series[] = []): Case {
  return { ...kase, metrics: [...kase.metrics.flatMap((series) => change(series) ?? []), ...more] };
}

/** Numbers from 0 to 1 that look like chance (a 32-bit linear congruence with Knuth's multiplier). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
