/** Who works on which incident. */
import { type SqlBool, sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { LeaseLostError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import type { IncidentStore } from '../incident/store.ts';
import { leaseTime } from './lease-time.ts';
import { prepared } from './prepared.ts';
import type { Store } from './store.ts';

type Leases = Pick<IncidentStore, 'claim' | 'renew' | 'renewAll' | 'release' | 'leaseOwners' | 'voidLeases' | 'countFailure'>;

/** Spelt out, not bound: only then does SQLite see that the partial indexes fit. */
const isQueued = sql<SqlBool>`status in ('open', 'investigating')`;
const isOpen = sql<SqlBool>`status <> 'closed'`;

export function createLeases(store: Store, clock: Clock): Leases {
  const { db } = store;
  const { inSql, bound: timeValue } = leaseTime(store.engine, clock);
  const time = inSql(timeValue(0));

  const free = db
    .selectFrom('incident')
    .select('id')
    .where(isQueued)
    .where((lease) =>
      lease.or([lease('lease_owner', 'is', null), lease.and([lease('lease_until', '<=', time), lease('lease_owner', '!=', '')])]),
    )
    .orderBy('opened_at')
    .orderBy('id')
    .limit(sql<number>`${0}`)
    // Two processes that look at the same moment take different ones instead of waiting for each other.
    .$if(store.engine === 'postgres', (query) => query.forUpdate().skipLocked());
  const claim = prepared(
    db
      .updateTable('incident')
      .set(() => ({
        status: sql.lit('investigating' as const),
        lease_owner: '',
        lease_until: time,
        fencing_token: sql<number>`${sql.ref('fencing_token')} + 1`,
      }))
      .where('id', 'in', free)
      .returning(['id', 'fencing_token']),
  );
  const renewAll = prepared(
    db.updateTable('incident').set({ lease_until: time }).where('lease_owner', '=', '').where(isOpen).returning(['id', 'fencing_token']),
  );
  const renew = prepared(
    db
      .updateTable('incident')
      .set({ lease_until: time })
      .where('id', '=', '')
      .where('lease_owner', '=', '')
      .where('fencing_token', '=', 0)
      .where(isOpen)
      .returning('id'),
  );

  return {
    async claim(owner, leaseMs, limit) {
      const claimed = await store.run(claim.with([owner, timeValue(leaseMs), timeValue(0), owner, limit]));
      return claimed.map((row) => ({ incidentId: IncidentId.parse(row.id), owner, fencingToken: row.fencing_token }));
    },

    async renewAll(owner, leaseMs) {
      const renewed = await store.run(renewAll.with([timeValue(leaseMs), owner]));
      return renewed.map((row) => ({ incidentId: IncidentId.parse(row.id), owner, fencingToken: row.fencing_token }));
    },

    async renew({ incidentId, owner, fencingToken }, leaseMs) {
      return (await store.run(renew.with([timeValue(leaseMs), incidentId, owner, fencingToken]))).length > 0;
    },

    async release({ incidentId, owner, fencingToken }, progressed) {
      await db
        .updateTable('incident')
        .set({ lease_owner: null, lease_until: null, ...(progressed ? { run_failures: 0 } : {}) })
        .where('id', '=', incidentId)
        .where('lease_owner', '=', owner)
        .where('fencing_token', '=', fencingToken)
        .execute();
    },

    async leaseOwners() {
      const found = await db.selectFrom('incident').select('lease_owner').distinct().where('lease_owner', 'is not', null).execute();
      return found.flatMap((row) => row.lease_owner ?? []);
    },

    async voidLeases(owners) {
      if (owners.length === 0) return 0;
      const ended = await db
        .updateTable('incident')
        .set({ lease_owner: null, lease_until: null })
        .where('lease_owner', 'in', owners)
        .returning('id')
        .execute();
      return ended.length;
    },

    async countFailure({ incidentId, fencingToken }, progressed) {
      const [counted] = await db
        .updateTable('incident')
        .set((row) => ({ run_failures: progressed ? 1 : row('run_failures', '+', 1) }))
        .where('id', '=', incidentId)
        .where('fencing_token', '=', fencingToken)
        .where(isOpen)
        .returning('run_failures')
        .execute();
      if (!counted) throw new LeaseLostError(incidentId);
      return counted.run_failures;
    },
  };
}
