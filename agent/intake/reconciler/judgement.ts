/** Pure: whether an alert that fires must be told to the sorter, given what the store knows of it. */
import type { FiringAlert } from '../firing-alerts.ts';
import type { KnownAlert } from '../look-store.ts';

/** To be fed: nobody told us of it · it fires again after it resolved or after its incident closed · it goes on though its incident closed as well. */
type Missing = 'unheard' | 'fires-again' | 'still-fires';
/** To be left alone: its open incident has it · declined before · too fresh a close to say · a person has this very firing. */
type Answered = 'told' | 'declined' | 'just-closed' | 'handed-over';
export type Finding = Missing | Answered;

export function isMissing(finding: Finding): finding is Missing {
  return finding === 'unheard' || finding === 'fires-again' || finding === 'still-fires';
}

/** A firing that outlives one incident after the other is shown to the agent ever more rarely, down to Alertmanager's usual repeat interval. */
const longestWaitMs = 4 * 3_600_000;

export interface JudgementSettings {
  marginMs: number;
  /** Fingerprints mean the same here and in the store. Those worked out from Prometheus' labels may not: then the open incident is enough. */
  byFingerprint: boolean;
}

/**
 * `marginMs`: what was updated later than this after a close was evaluated after the close. Prometheus sends a firing alert anew at the
 * first evaluation that lies a resend delay after the last, so an update may speak of an evaluation that is as old as both together.
 */
export function judge(
  alert: Pick<FiringAlert, 'startsAt' | 'updatedAt'>,
  known: KnownAlert,
  { marginMs, byFingerprint }: JudgementSettings,
): Finding {
  const { open, closed, declined } = known;
  const { startsAt } = alert;
  if (open) {
    if (!byFingerprint) return 'told';
    if (open.row === null) return 'unheard';
    const resolvedBefore = open.row.status === 'resolved' && open.row.endsAt !== null && startsAt !== null && startsAt > open.row.endsAt;
    return resolvedBefore ? 'fires-again' : 'told';
  }
  if (declined && (startsAt === null || startsAt <= declined.startsAt)) return 'declined';
  if (!closed) return 'unheard';
  if (alert.updatedAt <= later(closed.closedAt, marginMs)) return 'just-closed';
  if (startsAt !== null && startsAt > closed.closedAt) return 'fires-again';
  if (closed.outcome === 'escalated' || closed.outcome === 'declined') return 'handed-over';
  const waitMs = Math.min(longestWaitMs, marginMs * 4 ** Math.max(0, closed.closedWithinDay - 1));
  return alert.updatedAt > later(closed.closedAt, waitMs) ? 'still-fires' : 'just-closed';
}

function later(time: string, ms: number): string {
  return new Date(new Date(time).getTime() + ms).toISOString();
}
