/** What one action did, or would have done, on one service: the record that autonomy is earned by. Pure data, in any order. */
import type { Autonomy } from '../../domain/verdict.ts';

/** A change that was made. */
export interface MadeChange {
  kind: 'change';
  incidentId: string;
  /** ISO 8601: when it was judged; when it was made, while nobody has. */
  at: string;
  verified: 'recovered' | 'not-recovered' | 'harmed' | 'unproven' | null;
  /** ISO 8601: the same alert, or any about the changed service, opened the next incident then; null when none has. */
  againAt: string | null;
}

/**
 * What became of a plan that was kept and not carried out.
 * `agreed` somebody did the same and it came back · `no-help` somebody did the same and it did not · `not-needed` it came back without it ·
 * `not-known` nobody can tell
 */
export type ShadowResult = 'agreed' | 'no-help' | 'not-needed' | 'not-known';

export interface Shadowed {
  kind: 'shadow';
  incidentId: string;
  /** ISO 8601: when what happened was known. */
  at: string;
  result: ShadowResult;
}

/** An operator's word. It holds until the next one: the level is set, and nothing is earned above it; null lets it be earned again. */
export interface Order {
  kind: 'order';
  /** ISO 8601 */
  at: string;
  level: Autonomy | null;
  by: string;
  reason: string;
}

export type Experience = MadeChange | Shadowed | Order;

const dayMs = 86_400_000;

/** When what had recovered was back within a day: it did not last. Null when it did; a time that cannot be read counts. */
export function cameBackAt({ verified, at, againAt }: Pick<MadeChange, 'verified' | 'at' | 'againAt'>): string | null {
  if (verified !== 'recovered' || againAt === null) return null;
  return Date.parse(againAt) - Date.parse(at) > dayMs ? null : againAt;
}
