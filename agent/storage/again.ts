/** When trouble came back: the next incident of the same alert about the same service, unless nothing was wrong. */
import { type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Tables } from './tables.ts';

/**
 * For a query that joins `incident`: when the first such incident opened, or null. Two probes, each along an index and none longer for an
 * alert that fires all the time: the next one that has closed, else the one that is open.
 */
export function againAt(query: ExpressionBuilder<Tables, 'incident'>) {
  const next = query
    .selectFrom('incident as next')
    .select('next.opened_at')
    .whereRef('next.alert_name', '=', 'incident.alert_name')
    .whereRef('next.cluster', '=', 'incident.cluster')
    .whereRef('next.service', '=', 'incident.service')
    .whereRef('next.id', '!=', 'incident.id')
    .whereRef('next.opened_at', '>=', 'incident.closed_at')
    .limit(1);
  const closed = next
    .whereRef('next.closed_at', '>=', 'incident.closed_at')
    .where('next.outcome', 'not in', ['no-fault', 'declined'])
    .orderBy('next.closed_at');
  // Spelt out, not bound: only then does SQLite see that the partial index fits.
  const open = next.where(sql<SqlBool>`next.status <> 'closed'`);
  return query.fn.coalesce(closed, open).as('again_at');
}
