/**
 * More demand from outside: the requests of the outermost nodes at least doubled, no later than the trouble began, and those of the nodes behind
 * them rose about as much. Where only inner nodes get more requests, somebody inside sends them: that is no surge.
 */
import type { Case, Series } from '../case.ts';
import { isTraffic, type Symptoms } from '../symptom/symptoms.ts';
import type { Shown } from './shown-by-metrics.ts';

/** Demand has surged when it is at least this many times what it was. */
const surge = 1.8;
/** The trouble may precede the full height of the rise by this much, seconds. */
const slack = 5 * 60;

export function trafficSurge({ metrics, alert }: Case, { graph, onset }: Symptoms): Shown {
  const traffic = metrics.filter(({ metric }) => isTraffic(metric));
  const isOutermost = (node: string): boolean => !graph.callers.get(node)?.size;
  const isJoined = graph.callers.size > 0;
  const rises = traffic.map((series) => ({ series, rise: riseOf(series, alert.at) })).filter(({ rise }) => rise !== undefined);
  const edge = rises.filter(({ series }) => (isJoined ? isOutermost(series.node) : true));
  const surged = edge.filter(({ series, rise }) => (rise ?? 0) >= surge && startOf(series, alert.at) <= onset + slack);
  if (surged.length === 0 || surged.length < edge.length / 2) return { strength: 0, evidence: [] };
  const inner = rises.filter(({ series }) => !edge.some((outer) => outer.series.node === series.node));
  const alike = inner.filter(({ rise }) => (rise ?? 0) >= 1.3).length;
  if (alike < inner.length / 2) return { strength: 0, evidence: [] };
  const evidence = surged.map(({ series, rise }) => `${series.metric} of ${series.node} is ${rise?.toFixed(1)} times what it was`);
  // One series of one node of which nobody knows the callers could as well be fed from inside.
  return { strength: isJoined || edge.length > 1 ? 0.85 : 0.6, evidence };
}

function split({ t, v }: Series, at: number): { before: number[]; now: number[] } {
  const before: number[] = [];
  const now: number[] = [];
  for (const [i, time] of t.entries()) {
    const value = v[i];
    if (typeof value !== 'number') continue;
    if (time >= at - 120 && time <= at + 300) now.push(value);
    else if (time < at - 900) before.push(value);
  }
  return { before, now };
}

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function riseOf(series: Series, at: number): number | undefined {
  const { before, now } = split(series, at);
  const usual = median(before);
  return before.length < 3 || now.length === 0 || usual <= 0 ? undefined : median(now) / usual;
}

/** The first time near the alert at which the series was half as high again as usual. */
function startOf(series: Series, at: number): number {
  const usual = median(split(series, at).before);
  let first = Number.POSITIVE_INFINITY;
  for (const [i, t] of series.t.entries()) if (t >= at - 7200 && t < first && (series.v[i] ?? 0) >= 1.5 * usual) first = t;
  return first;
}
