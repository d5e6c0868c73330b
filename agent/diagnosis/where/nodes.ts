/** A case's series, sorted into what each node says of itself and of its calls. */
import type { Series } from '../case/case.ts';
import { emptyTrack, stepOf, type Track, toTrack, valueAt } from './track.ts';

export interface NodeSeries {
  node: string;
  /** Seconds; the mean, or the best estimate of it that its percentiles allow. */
  latency: Track;
  /** Percent of requests answered well. */
  availability: Track;
  /** Requests per second. */
  requests: Track;
  /** Any other metric, by name and statistic. */
  others: ReadonlyMap<string, Track>;
  /** Latency of the calls to each callee, as this node sees it. */
  toCallee: ReadonlyMap<string, Track>;
  /** Latency of the calls of each caller, as this node sees it. */
  fromCaller: ReadonlyMap<string, Track>;
}

const clientView = 'client_latency:';
const serverView = 'latency:';
const means = new Set(['', 'average', 'avg', 'mean']);

export function nodesOf(series: readonly Series[]): Map<string, NodeSeries> {
  const byNode = groupBy(series, ({ node }) => node);
  const nodes = new Map([...byNode].map(([node, own]) => [node, nodeOf(node, own)]));
  for (const [callee, seen] of seenByCallers(nodes)) {
    const node = nodes.get(callee) ?? nodeOf(callee, []);
    if (node.latency.t.length === 0) nodes.set(callee, { ...node, latency: toTrack(seen) });
  }
  return nodes;
}

/** What callers wait for a callee is the best that is known of one that says nothing of its latency. */
function seenByCallers(nodes: ReadonlyMap<string, NodeSeries>): Map<string, Track[]> {
  const seen = new Map<string, Track[]>();
  for (const { node, toCallee, fromCaller } of nodes.values()) {
    if (fromCaller.size > 0) seen.set(node, [...fromCaller.values()]);
    for (const [callee, track] of toCallee) if (!nodes.get(callee)?.fromCaller.size) seen.set(callee, [...(seen.get(callee) ?? []), track]);
  }
  return seen;
}

function nodeOf(node: string, series: readonly Series[]): NodeSeries {
  const byMetric = groupBy(series, ({ metric }) => metric.toLowerCase());
  const others = new Map<string, Track>();
  const toCallee = new Map<string, Track>();
  const fromCaller = new Map<string, Track>();
  for (const own of byMetric.values()) {
    const metric = own[0]?.metric ?? '';
    if (known.has(metric.toLowerCase())) continue;
    if (metric.startsWith(clientView)) toCallee.set(metric.slice(clientView.length), meanOf(own));
    else if (metric.startsWith(serverView)) fromCaller.set(metric.slice(serverView.length), meanOf(own));
    else for (const [stat, same] of groupBy(own, (one) => one.stat)) others.set(stat === '' ? metric : `${metric} ${stat}`, toTrack(same));
  }
  const perSecond = byMetric.get('requests_per_sec');
  return {
    node,
    latency: meanOf(byMetric.get('latency') ?? []),
    availability: meanOf(byMetric.get('availability') ?? []),
    requests: perSecond ? meanOf(perSecond) : rate(toTrack(byMetric.get('requests') ?? [])),
    others,
    toCallee,
    fromCaller,
  };
}

const known = new Set(['latency', 'availability', 'requests', 'requests_per_sec']);

export function rate(sums: Track): Track {
  const step = stepOf(sums);
  return step > 0 ? { t: sums.t, v: sums.v.map((sum) => sum / step) } : sums;
}

/** Only the mean times the traffic is a sum of seconds. Without it: the area under the percentiles, each standing for the share of requests next to it. */
export function meanOf(series: readonly Series[]): Track {
  const byStat = groupBy(series, ({ stat }) => stat.toLowerCase());
  const plain = [...byStat].filter(([stat]) => means.has(stat)).flatMap(([, same]) => same);
  if (plain.length > 0) return toTrack(plain);
  const percentiles = [...byStat]
    .map(([stat, same]) => ({ share: Number(stat.replace(/^p/, '')) / 100, track: toTrack(same) }))
    .filter(({ share }) => share >= 0 && share <= 1)
    .sort((a, b) => a.share - b.share);
  const [first] = percentiles;
  if (!first) return byStat.size > 0 ? toTrack(series) : emptyTrack;
  const edge = (at: number) => ((percentiles[at - 1]?.share ?? 0) + (percentiles[at]?.share ?? 0)) / 2;
  const weights = percentiles.map((_, at) => (at === percentiles.length - 1 ? 1 : edge(at + 1)) - (at === 0 ? 0 : edge(at)));
  const area = (time: number) =>
    percentiles.reduce((sum, { track }, at) => sum + (weights[at] ?? 0) * (valueAt(track, time) ?? Number.NaN), 0);
  return toTrack([{ t: [...first.track.t], v: first.track.t.map(area) }]);
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
