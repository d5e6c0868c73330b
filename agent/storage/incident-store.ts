/** Incidents and their alerts on the store: lifecycle and leases. What a webhook does to them is in `receive.ts`. */
import { type SqlBool, sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { InvariantError, LeaseLostError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import type { IncidentStatus } from '../domain/incident.ts';
import type { IncidentStore } from '../incident/store.ts';
import { createLeases } from './leases.ts';
import { createReceive } from './receive.ts';
import { toAlertRow, toIncident } from './rows.ts';
import { rows } from './steps.ts';
import type { Store } from './store.ts';

export interface SqlIncidentStore extends IncidentStore {
  /** Incidents that are not closed, by status. */
  countOpen(): Promise<Record<Exclude<IncidentStatus, 'closed'>, number>>;
}

/** Spelt out, not bound: only then does SQLite see that the partial indexes fit. */
const isOpen = sql<SqlBool>`status <> 'closed'`;
/** Trouble that people were told of so long ago is theirs, and holds nothing back any more. */
const handedOverMs = 3_600_000;
const isUnanswered = sql<SqlBool>`answer is null`;

/** `graphVersion` is written into every incident opened from now on. */
export function createIncidentStore(store: Store, clock: Clock, newId: () => string, graphVersion = '1'): SqlIncidentStore {
  const { db } = store;
  const now = () => clock.now().toISOString();
  const receive = createReceive(store, { newId, graphVersion });
  const waiting = () => db.updateTable('incident').set({ status: 'investigating' }).where('status', '=', 'awaiting-approval');

  /** Incidents opened since then whose alerts are not known to have resolved. */
  const unresolved = (since: string) =>
    db
      .selectFrom('incident')
      // Trouble cannot have begun after we heard of it: what was opened before began before, and the index of the queue leaves it out.
      .where('opened_at', '>=', since)
      .where('resolved_at', 'is', null)
      // That it resolved after the hand-over is a row of no incident.
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('alert as told')
              .innerJoin('alert as later', 'later.fingerprint', 'told.fingerprint')
              .select('later.id')
              .whereRef('told.incident_id', '=', 'incident.id')
              .where('later.incident_id', 'is', null)
              .where('later.status', '=', 'resolved')
              .whereRef('later.id', '>', 'told.id'),
          ),
        ),
      );

  return {
    receive: (alerts) => {
      const incoming = alerts.map((received) => ({ received, notification: null }));
      return store.write(() => receive(incoming, now()));
    },

    async get(id) {
      const found = await db.selectFrom('incident').selectAll().where('id', '=', id).executeTakeFirst();
      return found && toIncident(found);
    },

    async list({ status, open, limit = 100 }) {
      let query = db.selectFrom('incident').selectAll();
      if (status !== undefined) query = query.where('status', '=', status);
      if (open) query = query.where('status', '!=', 'closed');
      return (await query.orderBy('opened_at', 'desc').orderBy('id').limit(limit).execute()).map(toIncident);
    },

    async alerts({ incidentId, limit = 100 }) {
      let query = db
        .selectFrom('alert')
        .leftJoin('notification', 'notification.seq', 'alert.notification')
        .selectAll('alert')
        .select('notification.copies');
      if (incidentId !== undefined) query = query.where('alert.incident_id', '=', incidentId);
      return (await query.orderBy('alert.id', 'desc').limit(limit).execute()).map(toAlertRow);
    },

    async labelled(id, label) {
      const told = db.selectFrom('alert').select('labels').distinct().where('incident_id', '=', id);
      const rows = await told.where('labels', 'like', `%"${label}"%`).execute();
      return [...new Set(rows.flatMap(({ labels }) => (JSON.parse(labels) as Record<string, string>)[label] ?? []))];
    },

    ...createLeases(store, clock),

    async troubledServices(cluster) {
      // One probe a service, not one row an incident: as quick with 10,000 open incidents as with ten.
      const after = sql<string>`(select min(service) from incident where cluster = ${cluster} and ${isOpen} and service > place.service)`;
      const open = await db
        .withRecursive('place(service)', (query) =>
          query
            .selectFrom('incident')
            .select((row) => row.fn.min<string>('incident.service').as('service'))
            .where('incident.cluster', '=', cluster)
            .where(isOpen)
            .unionAll(query.selectFrom('place').select(after.as('service')).where('place.service', 'is not', null)),
        )
        .selectFrom('place')
        .select('place.service')
        .where('place.service', 'is not', null)
        .execute();
      const since = new Date(clock.now().getTime() - handedOverMs).toISOString();
      const handedOver = await unresolved(since)
        .select('service')
        .distinct()
        .where('cluster', '=', cluster)
        .where('status', '=', sql.lit('closed'))
        .where('outcome', '=', 'escalated')
        .execute();
      return [...new Set([...open, ...handedOver].map((row) => row.service as string))];
    },

    async alarmsSince(cluster, services, since, except) {
      if (services.length === 0) return [];
      const found = await unresolved(since)
        .select(['service', 'alert_name', 'started_at'])
        .where('status', 'in', ['open', 'investigating', 'awaiting-approval', 'closed'])
        .where('started_at', '>=', since)
        .where('cluster', '=', cluster)
        .where('service', 'in', [...services])
        .where(({ or, eb }) => or([isOpen, eb('outcome', '=', 'escalated')]))
        .where('id', '!=', except)
        .orderBy('started_at')
        .orderBy('id')
        .execute();
      return found.map(({ service, alert_name, started_at }) => ({ service, name: alert_name, startedAt: started_at }));
    },

    async openAbout({ cluster, service }, except) {
      const query = db.selectFrom('incident').select('id').where('cluster', '=', cluster).where('service', '=', service).where(isOpen);
      const found = await query.where('id', '!=', except).orderBy('opened_at').orderBy('id').limit(1).executeTakeFirst();
      return found && IncidentId.parse(found.id);
    },

    async setStatus(status, { incidentId, fencingToken }) {
      const changed = await db
        .updateTable('incident')
        .set({ status })
        .where('id', '=', incidentId)
        .where('fencing_token', '=', fencingToken)
        .where(isOpen)
        .returning('id')
        .execute();
      if (changed.length === 0) throw new LeaseLostError(incidentId);
    },

    async endWait(id) {
      const ended = await waiting().where('id', '=', id).returning('id').execute();
      return ended.length > 0;
    },

    async endAnsweredWaits(expiredSince) {
      const ended = waiting().where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('approval')
              .select('approval.id')
              .whereRef('approval.incident_id', '=', 'incident.id')
              .where('approval.answer', 'is', null)
              .where('approval.expires_at', '>', now()),
          ),
        ),
      );
      if (expiredSince === undefined) return (await ended.returning('id').execute()).length;
      const expired = await db
        .selectFrom('approval')
        .select('incident_id')
        .where(isUnanswered)
        .where('expires_at', '>', expiredSince)
        .where('expires_at', '<=', now())
        .execute();
      const ids = expired.map((row) => row.incident_id);
      return ids.length === 0 ? 0 : (await ended.where('id', 'in', ids).returning('id').execute()).length;
    },

    close: (outcome, reason, by) =>
      store.write(function* () {
        const id = typeof by === 'string' ? by : by.incidentId;
        let closing = db
          .updateTable('incident')
          .set({ status: 'closed', outcome, outcome_reason: reason, closed_at: now(), lease_owner: null, lease_until: null })
          .where('id', '=', id)
          .where(isOpen);
        // Who closes without a lease takes the incident from the run that has one.
        if (typeof by === 'string') closing = closing.set((row) => ({ fencing_token: row('fencing_token', '+', 1) }));
        else closing = closing.where('fencing_token', '=', by.fencingToken);
        const closed = yield* rows(closing.returning('id'));
        if (closed.length > 0) return;
        if (typeof by !== 'string') throw new LeaseLostError(id);
        const known = yield* rows(db.selectFrom('incident').select('id').where('id', '=', id));
        if (known.length === 0) throw new InvariantError(`incident ${id} is unknown and cannot be closed`);
      }),

    async countOpen() {
      const counts = { open: 0, investigating: 0, 'awaiting-approval': 0 };
      const found = await db
        .selectFrom('incident')
        .select(['status', (row) => row.fn.countAll<number>().as('count')])
        .where('status', '!=', 'closed')
        .groupBy('status')
        .execute();
      for (const { status, count } of found) if (status !== 'closed') counts[status] = count;
      return counts;
    },
  };
}
