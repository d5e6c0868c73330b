/** What each node adds to one kind of trouble beyond what its callees add. */
import type { Calls } from './calls.ts';
import { deviation, type Excess } from './excess.ts';
import type { Troubles } from './troubles.ts';

export interface Blame {
  /** Trouble of its own, per second, less the more likely it is chance. */
  own: number;
  /** Trouble its callees explain, per second. */
  explained: number;
  /** The callees that explain it, most first. */
  by: string[];
  /** What else speaks for it, or why others' trouble was put here. */
  because: string[];
}

export type Blames = Map<string, Blame>;

/** A callee that deviates by less explains nothing: its trouble is chance. What a node itself deviates by less is rounding. */
const leastDeviation = 1;
const leastOwn = 0.1;

/** `seen` is what a caller itself measured of its calls; it tells better than the callee's whole trouble how much of it met this caller. */
export function blameOf(troubles: Troubles, calls: Calls, seen: (caller: string, callee: string) => Excess | undefined): Blames {
  const blames: Blames = new Map();
  for (const [node, trouble] of troubles) {
    const culprits = knownBelow(node, troubles, calls)
      .map((callee) => ({ callee, trouble: seen(node, callee) ?? troubles.get(callee) }))
      .flatMap(({ callee, trouble }) => (trouble && deviation(trouble) >= leastDeviation ? [{ callee, amount: trouble.amount }] : []))
      .sort((a, b) => b.amount - a.amount);
    const explained = culprits.reduce((sum, { amount }) => sum + amount, 0);
    const own = deviation(trouble) < leastOwn ? 0 : Math.max(0, trouble.amount - explained) * certainty(trouble);
    blames.set(node, { own, explained, by: culprits.map(({ callee }) => callee), because: [] });
  }
  return blames;
}

/** 0..1; one half at one standard deviation. */
export function certainty(trouble: Excess): number {
  const squared = Math.max(0, deviation(trouble)) ** 2;
  return squared / (squared + 1);
}

/** Takes a share of one node's own trouble and puts it to another. */
export function shift(blames: Blames, from: string, to: string, share: number, because: string): void {
  const source = blames.get(from);
  if (!source || source.own <= 0) return;
  const target = blames.get(to) ?? { own: 0, explained: 0, by: [], because: [] };
  const moved = source.own * share;
  blames.set(from, { ...source, own: source.own - moved, explained: source.explained + moved, by: [...source.by, to] });
  blames.set(to, { ...target, own: target.own + moved, because: [...target.because, because] });
}

/** The nearest nodes below of which this trouble is known: one that reports nothing hands on the trouble of its callees. */
function knownBelow(node: string, troubles: Troubles, calls: Calls): string[] {
  const found = new Set<string>();
  const passed = new Set([node]);
  for (const above of passed) {
    for (const callee of calls.callees(above)) {
      if (troubles.has(callee)) found.add(callee);
      else passed.add(callee);
    }
  }
  found.delete(node);
  return [...found];
}
