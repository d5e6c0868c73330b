/** When trouble came back: the next incident of the same alert about the same service, unless nothing was wrong. */
import type { ExpressionBuilder } from 'kysely';
import type { Tables } from './tables.ts';

/** For a query that joins `incident`: when the first such incident opened, or null. */
export function againAt(query: ExpressionBuilder<Tables, 'incident'>) {
  return query
    .selectFrom('incident as next')
    .select((row) => row.fn.min<string | null>('next.opened_at').as('again_at'))
    .whereRef('next.alert_name', '=', 'incident.alert_name')
    .whereRef('next.cluster', '=', 'incident.cluster')
    .whereRef('next.service', '=', 'incident.service')
    .whereRef('next.id', '!=', 'incident.id')
    .whereRef('next.opened_at', '>=', 'incident.closed_at')
    .where(({ or, eb }) => or([eb('next.outcome', 'is', null), eb('next.outcome', 'not in', ['no-fault', 'declined'])]))
    .as('again_at');
}
