/**
 * More demand from outside: the requests of the outermost nodes at least doubled, no later than the trouble began, and those of the nodes behind
 * them rose about as much. Where only inner nodes get more requests, somebody inside sends them: that is no surge.
 */
import type { Case, Series } from '../case/case.ts';
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
  const rises = traffic.flatMap((series) => {
    const level = levelOf(series, alert.at);
    return level ? [{ series, ...level }] : [];
  });
  const edge = rises.filter(({ series }) => (isJoined ? isOutermost(series.node) : true));
  const surged = edge.filter(({ series, rise, usual }) => rise >= surge && startOf(series, usual, alert.at) <= onset + slack);
  // Nobody knows which is the outermost: then one that gets no more than ever may well be it.
  if (surged.length === 0 || surged.length < edge.length * (isJoined ? 0.5 : 0.75)) return { strength: 0, evidence: [] };
  const inner = rises.filter(({ series }) => !edge.some((outer) => outer.series.node === series.node));
  const alike = inner.filter(({ rise }) => rise >= 1.3).length;
  if (alike < inner.length / 2) return { strength: 0, evidence: [] };
  const evidence = surged.map(({ series, rise }) => `${series.metric} of ${series.node}: ${rise.toFixed(1)} times what it was`);
  // One series of one node of which nobody knows the callers could as well be fed from inside.
  return { strength: isJoined || edge.length > 1 ? 0.85 : 0.6, evidence };
}

/** What a series usually shows before the trouble, and how many times that around the alert; undefined where either is not known. */
function levelOf({ t, v }: Series, at: number): { usual: number; rise: number } | undefined {
  const [before, now] = [new Float64Array(t.length), new Float64Array(t.length)];
  let [past, present] = [0, 0];
  for (let i = 0; i < t.length; i++) {
    const [time, value] = [t[i] ?? at, v[i]];
    if (typeof value !== 'number') continue;
    if (time >= at - 120 && time <= at + 300) now[present++] = value;
    else if (time < at - 900) before[past++] = value;
  }
  if (past < 3 || present === 0) return undefined;
  const usual = median(before.subarray(0, past));
  const level = median(now.subarray(0, present));
  // What one row in twenty showed before is no surge, however small the usual may be.
  const seen = before[Math.floor(past * 0.95)] ?? 0;
  return usual > 0 ? { usual, rise: level > seen ? level / usual : Math.min(1, level / usual) } : undefined;
}

/** Of the values in order; the upper one of two in the middle. Sorts them. */
function median(values: Float64Array): number {
  return values.sort()[values.length >> 1] ?? 0;
}

/** The first time near the alert at which the series was half as high again as usual. */
function startOf({ t, v }: Series, usual: number, at: number): number {
  let first = Number.POSITIVE_INFINITY;
  for (let i = 0; i < t.length; i++) {
    const time = t[i] ?? first;
    if (time >= at - 7200 && time < first && (v[i] ?? 0) >= 1.5 * usual) first = time;
  }
  return first;
}
