/** When trouble came back: the next incident of the same alert, or about the service that was changed, unless nothing was wrong. */
import { type ExpressionBuilder, sql } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * For a query that joins `action` and `incident`: when the first such incident opened, or null, by the alert and by the service. What was
 * open before the change's incident closed is no coming back. One probe each along an index, so neither grows with what is stored.
 */
export function againAt(query: ExpressionBuilder<Tables, 'action' | 'incident'>) {
  const next = query
    .selectFrom('incident as next')
    .select('next.opened_at')
    .whereRef('next.id', '!=', 'incident.id')
    .whereRef('next.opened_at', '>=', 'incident.closed_at')
    .where((where) => where.or([where('next.outcome', 'is', null), where('next.outcome', 'not in', ['no-fault', 'declined'])]))
    .orderBy('next.opened_at')
    .limit(1);
  const ofAlert = next
    .whereRef('next.alert_name', '=', 'incident.alert_name')
    .whereRef('next.cluster', '=', 'incident.cluster')
    .whereRef('next.service', '=', 'incident.service');
  // As the index spells it, and as `resourceKey` does. Without the cast SQLite compares by another affinity and leaves the index alone.
  const ofTarget = next.where(sql<boolean>`cast('ecs:' || next.cluster || '/' || next.service as text) = action.target`);
  return [ofAlert.as('alert_again_at'), ofTarget.as('target_again_at')] as const;
}

/** The earlier of the two. */
export function firstAgain(row: { alert_again_at: string | null; target_again_at: string | null }): string | null {
  const [first] = [row.alert_again_at, row.target_again_at].filter((at) => at !== null).sort();
  return first ?? null;
}
