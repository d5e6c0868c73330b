/**
 * Circuit breaker over the past changes of one scope. Closed: act. Open: repeated failures, leave it to a human. Half-open: the time
 * is over and one try is let through; its result closes the breaker or opens it again.
 */
import { cameBackAt } from './earned/experience.ts';
import type { PastChange, PolicySettings } from './request.ts';

export interface Breaker {
  state: 'closed' | 'open' | 'half-open';
  /** Failures that count right now. */
  failures: number;
  /** ISO 8601, while open. */
  openUntil: string | null;
  /** Half-open, and the one try is on its way. */
  isTrying: boolean;
}

/**
 * Replays the changes of one scope, whatever their order; harm and no recovery are failures, a change nobody could judge is neither. What a
 * change had mended and came back within a day is a failure from then on.
 */
export function breakerState(changes: readonly PastChange[], now: string, settings: PolicySettings['breaker']): Breaker {
  const nowMs = Date.parse(now);
  const perMs = settings.perSeconds * 1000;
  const openMs = settings.openSeconds * 1000;
  const replay = changes
    .flatMap((change) => [change, ...afterwards(change)])
    .map((change) => ({ ...change, atMs: Date.parse(change.at) }))
    .sort((a, b) => a.atMs - b.atMs);

  let failures: number[] = [];
  let openUntilMs: number | null = null;
  let isTrying = false;
  for (const { atMs, verified, finished } of replay) {
    const isTry: boolean = openUntilMs !== null && atMs >= openUntilMs;
    const hasFailed = verified === 'not-recovered' || verified === 'harmed';
    if (isTry) isTrying = !finished || verified === null;
    if (isTry && verified === 'recovered') {
      failures = [];
      openUntilMs = null;
    }
    if (!hasFailed) continue;
    failures = [...failures.filter((failureMs) => failureMs > atMs - perMs), atMs];
    if (isTry || failures.length >= settings.failures) openUntilMs = atMs + openMs;
  }
  const counted = failures.filter((failureMs) => !(failureMs <= nowMs - perMs)).length;
  if (openUntilMs === null) return { state: 'closed', failures: counted, openUntil: null, isTrying: false };
  // An unreadable time keeps the breaker open.
  if (!(nowMs >= openUntilMs)) return { state: 'open', failures: failures.length, openUntil: isoOf(openUntilMs), isTrying: false };
  return { state: 'half-open', failures: counted, openUntil: null, isTrying };
}

/** That it did not last, as a failure of its own. */
function afterwards(change: PastChange): PastChange[] {
  const at = cameBackAt(change);
  return at === null ? [] : [{ ...change, at, verified: 'not-recovered', againAt: null }];
}

function isoOf(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}
