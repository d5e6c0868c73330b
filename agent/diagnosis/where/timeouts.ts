/** Callers that give up: a slow callee answers nothing wrong, its callers fail. */
import { type Blames, shift } from './blame.ts';
import type { Calls } from './calls.ts';
import { deviation } from './excess.ts';
import type { Troubles } from './troubles.ts';

/** How much slower a callee must be, and how surely, before its caller's failures are called its doing. */
const leastRise = 3;
const leastDeviation = 6;
/** What the caller itself must show, in standard deviations. */
const leastTrouble = 3;
/** It must make up at least this share of what the caller itself waits more. */
const leastShare = 0.5;

/** Moves failures that nothing below a caller explains to the callee it waits for. `delays` are blamed already, so that the deepest slow one is known. */
export function blameTimeouts(failed: Troubles, failures: Blames, delays: Blames, delayed: Troubles, calls: Calls): void {
  for (const [caller] of [...failures]) {
    const waits = delayed.get(caller);
    const fails = failed.get(caller);
    if (!waits || !fails || deviation(waits) < leastTrouble || deviation(fails) < leastTrouble) continue;
    const slow = [...calls.below(caller)]
      .filter((callee) => callee !== caller && !calls.below(callee).has(caller))
      .flatMap((callee) => {
        const delay = delayed.get(callee);
        const own = delays.get(callee)?.own ?? 0;
        return delay && own >= leastShare * waits.amount && delay.now >= leastRise * delay.usual && deviation(delay) >= leastDeviation
          ? [{ callee, own }]
          : [];
      })
      .sort((a, b) => b.own - a.own);
    const [slowest] = slow;
    if (slowest) shift(failures, caller, slowest.callee, 1, `${caller} fails while it waits for ${slowest.callee}, which answers late`);
  }
}
