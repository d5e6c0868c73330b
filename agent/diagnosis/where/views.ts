/**
 * Several views of one thing: what a caller records of its calls to a service may stand in the graph as a node of its own that calls nobody,
 * next to the service. Its trouble then is the service's. Told by place and by values; names are not asked.
 */
import { type Blames, shift } from './blame.ts';
import type { Calls } from './calls.ts';
import { deviation } from './excess.ts';
import type { NodeSeries } from './nodes.ts';
import type { Phases } from './phases.ts';
import { firstAtOrAfter, type Track, valueAt } from './track.ts';
import type { Troubles } from './troubles.ts';

/** Rows in common to compare by, and how alike they must be. */
const leastRows = 4;
const leastCorrelation = 0.8;
/** A caller also sees the way there and back: the thing, known by its own callees, may show a little less than its view. */
const nearlyAll = 0.8;

export function mergeViews(
  blames: Blames,
  troubles: Troubles,
  calls: Calls,
  nodes: ReadonlyMap<string, NodeSeries>,
  trackOf: (node: NodeSeries) => Track,
  phases: Phases,
): void {
  const inTrouble = [...troubles].filter(([, trouble]) => deviation(trouble) >= 1);
  for (const [view, trouble] of inTrouble) {
    if (calls.callees(view).some((callee) => troubles.has(callee)) || (blames.get(view)?.own ?? 0) <= 0) continue;
    const beside = new Set(calls.callers(view).flatMap((caller) => [...calls.below(caller)]));
    const things = inTrouble.filter(
      ([thing, { amount }]) =>
        thing !== view &&
        amount > (hasCallees(thing) ? nearlyAll : 1) * trouble.amount &&
        beside.has(thing) &&
        !calls.below(thing).has(view),
    );
    const alike = things.filter(([thing]) => correlation(trackOfNode(view), trackOfNode(thing), phases) >= leastCorrelation);
    const [deepest] = alike.sort((a, b) => (blames.get(b[0])?.own ?? 0) - (blames.get(a[0])?.own ?? 0));
    if (deepest) shift(blames, view, deepest[0], 1, `${view} shows the same trouble from its caller's side`);
  }

  function hasCallees(thing: string): boolean {
    return calls.callees(thing).some((callee) => troubles.has(callee));
  }

  function trackOfNode(name: string): Track {
    const node = nodes.get(name);
    return node ? trackOf(node) : { t: [], v: [] };
  }
}

/** Pearson's, over the rows from before the onset to the end of the incident; 0 of too few. */
export function correlation(a: Track, b: Track, phases: Phases): number {
  const pairs: [number, number][] = [];
  for (let at = firstAtOrAfter(a, phases.recent); at < a.t.length && (a.t[at] ?? 0) < phases.end; at += 1) {
    const other = valueAt(b, a.t[at] ?? 0);
    if (other !== undefined) pairs.push([a.v[at] ?? 0, other]);
  }
  if (pairs.length < leastRows) return 0;
  const [meanA, meanB] = [0, 1].map((side) => pairs.reduce((sum, pair) => sum + (pair[side] ?? 0), 0) / pairs.length);
  let [both, squareA, squareB] = [0, 0, 0];
  for (const [x, y] of pairs) {
    both += (x - (meanA ?? 0)) * (y - (meanB ?? 0));
    squareA += (x - (meanA ?? 0)) ** 2;
    squareB += (y - (meanB ?? 0)) ** 2;
  }
  return squareA > 0 && squareB > 0 ? both / Math.sqrt(squareA * squareB) : 0;
}
