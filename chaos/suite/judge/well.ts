/** When users felt a fault, and from when on they were well again for good. */
import type { LookFacts } from './facts.ts';

/** So many steady looks in a row end an outage: one or two may be luck. */
export const steadyLooks = 4;

export interface Span {
  from: number;
  /** Null: still, at the end. */
  to: number | null;
}

/** Runs of looks that were not steady since the fault began. A look that nobody could read neither begins nor ends one. */
export function feltSpans(looks: readonly LookFacts[]): Span[] {
  const spans: Span[] = [];
  let from: number | null = null;
  for (const { at, isSteady } of looks) {
    if (at < 0 || isSteady === null) continue;
    if (!isSteady && from === null) from = at;
    if (isSteady && from !== null) {
      spans.push({ from, to: at });
      from = null;
    }
  }
  if (from !== null) spans.push({ from, to: null });
  return spans;
}

/**
 * Seconds from the fault to the first of the steady looks that lasted to the end; 0 when it was steady all the time, null when it was not steady at the
 * end, or not long enough to be sure.
 */
export function recoveredAt(looks: readonly LookFacts[]): number | null {
  const known = looks.filter(({ at, isSteady }) => at >= 0 && isSteady !== null);
  const lastBad = known.findLastIndex(({ isSteady }) => !isSteady);
  const steady = known.slice(lastBad + 1);
  if (steady.length < steadyLooks) return null;
  return lastBad < 0 ? 0 : (steady[0]?.at ?? null);
}

/**
 * It passed by itself: steady at the end for longer than in any break before, so that the quiet half of a fault that comes and goes is not taken for its
 * end.
 */
export function isSettled(looks: readonly LookFacts[], leastSeconds: number): boolean {
  const end = looks.at(-1)?.at;
  const from = recoveredAt(looks);
  if (end === undefined || from === null || end - from < leastSeconds) return false;
  const spans = feltSpans(looks);
  const breaks = spans.slice(1).map((span, index) => span.from - (spans[index]?.to ?? span.from));
  return breaks.every((seconds) => end - from >= 2 * seconds);
}
