/** Incidents and their alerts on the store: lifecycle and leases. What a webhook does to them is in `receive.ts`. */
import type { Clock } from '../domain/clock.ts';
import { InvariantError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import type { IncidentStatus } from '../domain/incident.ts';
import type { IncidentStore } from '../incident/store.ts';
import { receive } from './receive.ts';
import { toAlertRow, toIncident } from './rows.ts';
import { rows } from './steps.ts';
import type { Store } from './store.ts';

export interface SqlIncidentStore extends IncidentStore {
  /** Incidents that are not closed, by status. */
  countOpen(): Promise<Record<Exclude<IncidentStatus, 'closed'>, number>>;
}

/** `graphVersion` is written into every incident opened from now on. */
export function createIncidentStore(store: Store, clock: Clock, newId: () => string, graphVersion = '1'): SqlIncidentStore {
  const { db } = store;
  const now = () => clock.now().toISOString();
  const inFuture = (ms: number) => new Date(clock.now().getTime() + ms).toISOString();

  return {
    receive: (alerts) => store.write(() => receive(store, alerts, { now: now(), newId, graphVersion })),

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
      let query = db.selectFrom('alert').selectAll();
      if (incidentId !== undefined) query = query.where('incident_id', '=', incidentId);
      return (await query.orderBy('id', 'desc').limit(limit).execute()).map(toAlertRow);
    },

    async claim(owner, leaseMs) {
      // One statement: two claimers cannot both see the same incident free.
      const claimed = await db
        .updateTable('incident')
        .set((row) => ({ lease_owner: owner, lease_until: inFuture(leaseMs), fencing_token: row('fencing_token', '+', 1) }))
        .where('id', '=', (row) =>
          row
            .selectFrom('incident')
            .select('id')
            .where('status', 'in', ['open', 'investigating'])
            .where((free) => free.or([free('lease_until', 'is', null), free('lease_until', '<=', now())]))
            .orderBy('opened_at')
            .orderBy('id')
            .limit(1),
        )
        .returning(['id', 'fencing_token', 'lease_until'])
        .executeTakeFirst();
      if (!claimed?.lease_until) return undefined;
      return { incidentId: IncidentId.parse(claimed.id), owner, fencingToken: claimed.fencing_token, until: claimed.lease_until };
    },

    async renew({ incidentId, owner, fencingToken }, leaseMs) {
      const renewed = await db
        .updateTable('incident')
        .set({ lease_until: inFuture(leaseMs) })
        .where('id', '=', incidentId)
        .where('lease_owner', '=', owner)
        .where('fencing_token', '=', fencingToken)
        .where('status', '!=', 'closed')
        .returning('id')
        .execute();
      return renewed.length > 0;
    },

    async release({ incidentId, owner, fencingToken }) {
      await db
        .updateTable('incident')
        .set({ lease_owner: null, lease_until: null })
        .where('id', '=', incidentId)
        .where('lease_owner', '=', owner)
        .where('fencing_token', '=', fencingToken)
        .execute();
    },

    async setStatus(id, status) {
      const changed = await db
        .updateTable('incident')
        .set({ status })
        .where('id', '=', id)
        .where('status', '!=', 'closed')
        .returning('id')
        .execute();
      if (changed.length === 0) throw new InvariantError(`incident ${id} is closed or unknown and cannot become ${status}`);
    },

    close: (id, outcome, reason) =>
      store.write(function* () {
        const closed = yield* rows(
          db
            .updateTable('incident')
            .set({ status: 'closed', outcome, outcome_reason: reason, closed_at: now() })
            .where('id', '=', id)
            .where('status', '!=', 'closed')
            .returning('id'),
        );
        if (closed.length > 0) return;
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
