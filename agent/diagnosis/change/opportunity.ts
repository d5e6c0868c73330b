/** Could a change have done it at all: was it brought out before the trouble began, and to a node from which the trouble can come? */
import { hopsFrom } from '../symptom/call-graph.ts';
import type { FirstFailing } from '../symptom/first-failing.ts';
import type { Shift } from '../symptom/shifts.ts';
import type { Symptoms } from '../symptom/symptoms.ts';

/** Half an hour after it was brought out a change is still about as suspect as at once; after that less, but slow harm exists. */
const fresh = 30 * 60;
const leastForAge = 0.5;
/** Clocks and sampling blur the onset by about this much, seconds. */
const blur = 45;
/** A metric of the same node that leaves its course within this time after the change bears witness, seconds. */
const witness = 5 * 60;
/** What is left of the suspicion against a change that came when the slow harm was well on its way. */
const afterTheClimb = 0.4;

export interface Opportunity {
  /** 0..1 */
  time: number;
  /** 0..1 */
  place: number;
  evidence: string[];
}

export function opportunityOf(node: string, at: number, symptoms: Symptoms, first: FirstFailing, alertNode: string): Opportunity {
  return { place: placeOf(node, symptoms, first, alertNode), ...timeOf(node, at, symptoms, new Set([node, first.node, alertNode])) };
}

/** `ill`: where slow harm counts; what was well on its way where the trouble shows was not begun by a change elsewhere either. */
function timeOf(node: string, at: number, { onset, shifts }: Symptoms, ill: ReadonlySet<string>): Pick<Opportunity, 'time' | 'evidence'> {
  const age = onset - at;
  if (age < 0) return { time: Math.exp(age / blur), evidence: [`came out ${Math.round(-age)} s after the trouble began`] };
  const time = leastForAge + (1 - leastForAge) * Math.exp(-age / fresh);
  const evidence = [`came out ${Math.round(age)} s before the trouble began`];
  const own = shifts.filter((shift) => shift.node === node);
  const climb = shifts.find((shift) => ill.has(shift.node) && isSlowHarm(shift) && shift.at < at - slackOf(shift, onset));
  if (climb) {
    evidence.push(`${climb.metric} of ${climb.node} had been climbing for ${Math.round(at - climb.at)} s by then`);
    return { time: time * afterTheClimb, evidence };
  }
  const seen = own.find((shift) => shift.at >= at - slackOf(shift, onset) && shift.at <= at + Math.max(witness, slackOf(shift, onset)));
  if (!seen) return { time, evidence };
  evidence.push(`${seen.metric} of ${node} left its course ${Math.round(seen.at - at)} s after it`);
  return { time: 1, evidence };
}

/** Where a slope began is known the less well the longer it is: to about a twentieth of its length. */
function slackOf({ shape, at }: Shift, onset: number): number {
  return shape === 'step' ? blur : Math.max(blur, (onset - at) / 20);
}

/** Something that fills up or leaks. */
function isSlowHarm({ shape, metric, before, after }: Shift): boolean {
  return (
    shape === 'ramp' &&
    after > before &&
    /mem|heap|rss|conn|pool|disk|goroutine|thread|_fds|descriptor|handles|queue|backlog|lag/i.test(metric)
  );
}

/** The nearer to where it failed first, the more suspect; callees before callers, as trouble travels from callee to caller. */
function placeOf(node: string, { graph, badShapes, shifts }: Symptoms, first: FirstFailing, alertNode: string): number {
  if (node === '') return 0.7;
  if (node === first.node) return 1;
  if (node === alertNode) return 0.95;
  if (first.votes.has(node)) return 0.9;
  const down = Math.min(hopsFrom(first.node, graph.callees).get(node) ?? 9, hopsFrom(alertNode, graph.callees).get(node) ?? 9);
  if (down <= 3) return 0.85;
  const up = hopsFrom(first.node, graph.callers).get(node);
  if (up === 1) return 0.75;
  const isIll = badShapes.some((shape) => shape.node === node) || shifts.some((shift) => shift.node === node);
  if (isIll) return 0.6;
  return up === undefined ? 0.35 : 0.5;
}
