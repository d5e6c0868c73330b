/** Delay between two nodes: what a caller waits for its calls beyond what the callee says it took. A network in trouble, or a caller too busy to notice the answer. */
import { median } from '../statistics/robust.ts';
import { type Blames, certainty } from './blame.ts';
import { delayOf, deviation, type Excess } from './excess.ts';
import type { NodeSeries } from './nodes.ts';
import type { Phases } from './phases.ts';
import { emptyTrack, type Track } from './track.ts';

export interface Gap {
  caller: string;
  callee: string;
  /** As the caller sees it, all of it. */
  seen: Excess;
  /** Beyond what the callee says. */
  between: Excess;
}

/** A gap of fewer standard deviations is none. */
const leastDeviation = 3;

export function gapsOf(nodes: ReadonlyMap<string, NodeSeries>, phases: Phases): Gap[] {
  const gaps: Gap[] = [];
  for (const { node: caller, toCallee, requests } of nodes.values()) {
    for (const [callee, track] of toCallee) {
      const other = nodes.get(callee);
      // Nobody counts the calls between two nodes; there are no more than the less busy of them has requests.
      const calls = other && isBusier(requests, other.requests) ? other.requests : requests;
      const seen = delayOf(track, calls, phases);
      const said = delayOf(other?.fromCaller.get(caller) ?? other?.latency ?? emptyTrack, calls, phases);
      if (Number.isNaN(seen.usual)) continue;
      const isTold = !Number.isNaN(said.usual);
      const amount = isTold ? seen.amount - said.amount : 0;
      gaps.push({ caller, callee, seen, between: { ...seen, amount, noise: Math.hypot(seen.noise, isTold ? said.noise : 0) } });
    }
  }
  return gaps;
}

function isBusier(one: Track, other: Track): boolean {
  return other.t.length > 0 && !(median(one.v) <= median(other.v));
}

/**
 * Which end of a gap is to blame: the one more of whose measured calls, in and out, have gaps. When that is even: the caller when it has trouble
 * of its own beside the gap, else the callee, which is deeper.
 */
export function blameGaps(blames: Blames, gaps: readonly Gap[]): void {
  const isOpen = ({ between }: Gap) => deviation(between) >= leastDeviation;
  const shareOpen = (node: string) => {
    const ends = gaps.filter(({ caller, callee }) => caller === node || callee === node);
    return ends.filter(isOpen).length / ends.length;
  };
  const ownBefore = new Map([...blames].map(([node, { own }]) => [node, own]));
  for (const gap of gaps.filter(isOpen).sort((a, b) => b.between.amount - a.between.amount)) {
    const { caller, callee, between } = gap;
    const lead = shareOpen(caller) - shareOpen(callee);
    const guilty = lead > 0 || (lead === 0 && (ownBefore.get(caller) ?? 0) > between.amount) ? caller : callee;
    const blame = blames.get(guilty) ?? { own: 0, explained: 0, by: [], because: [] };
    const because = `${caller} waits for ${callee} longer than ${callee} takes: the calls' client side and their server side part`;
    blames.set(guilty, { ...blame, own: blame.own + between.amount * certainty(between), because: [...blame.because, because] });
  }
}
