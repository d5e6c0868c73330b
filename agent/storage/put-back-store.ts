/** What the agent owes, on the store. A row is written with the end of its change (`oweFor`), worked on under a lease of its own, and kept. */
import { type Insertable, type Selectable, type SqlBool, sql } from 'kysely';
import type { PutBack, PutBackStore } from '../action/put-back/store.ts';
import type { AuditEntry, AuditEvent } from '../audit/trail.ts';
import type { Clock } from '../domain/clock.ts';
import { InvariantError } from '../domain/errors.ts';
import { ActionKey, IncidentId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { Fence } from '../incident/store.ts';
import { appendAudit } from './audit-trail.ts';
import { createFence } from './fence.ts';
import { leaseTime } from './lease-time.ts';
import { rows, type Steps } from './steps.ts';
import type { Store } from './store.ts';
import type { ActionTable, PutBackTable } from './tables.ts';

/** Spelt out, not bound: only then does SQLite see that the partial index fits. */
const isWaiting = sql<SqlBool>`state = 'waiting'`;

export function createPutBackStore(store: Store, clock: Clock): PutBackStore {
  const { db } = store;
  const { inSql, bound } = leaseTime(store.engine, clock);
  const fromNow = (ms: number) => inSql(bound(ms));
  const requireFence = createFence(store);

  return {
    async claim(owner, leaseMs) {
      const due = db
        .selectFrom('put_back')
        .innerJoin('incident', 'incident.id', 'put_back.incident_id')
        .select('put_back.key')
        .where(isWaiting)
        .where('put_back.next_at', '<=', fromNow(0))
        .where('incident.status', '=', sql.lit('closed'))
        .where(({ eb, or }) => or([eb('put_back.lease_until', 'is', null), eb('put_back.lease_until', '<=', fromNow(0))]))
        .orderBy('put_back.next_at')
        .orderBy('put_back.key')
        .limit(1);
      const [claimed] = await db
        .updateTable('put_back')
        .set((row) => ({ lease_owner: owner, lease_until: fromNow(leaseMs), fencing_token: row('fencing_token', '+', 1) }))
        .where('key', 'in', store.engine === 'postgres' ? due.forUpdate('put_back').skipLocked() : due)
        .returningAll()
        .execute();
      return claimed && { owed: toPutBack(claimed), fence: fenceOf(claimed) };
    },

    async renew({ putBack, fencingToken }, leaseMs) {
      const renewed = await db
        .updateTable('put_back')
        .set({ lease_until: fromNow(leaseMs) })
        .where('key', '=', keyOf(putBack))
        .where('fencing_token', '=', fencingToken)
        .where(isWaiting)
        .returning('key')
        .execute();
      return renewed.length > 0;
    },

    postpone: (fence, reason, afterMs, tried) =>
      store.write(function* () {
        yield* requireFence(fence);
        yield* rows(
          db
            .updateTable('put_back')
            .set((row) => ({
              reason,
              next_at: fromNow(afterMs),
              tries: tried ? row('tries', '+', 1) : row.ref('tries'),
              lease_owner: null,
              lease_until: null,
            }))
            .where('key', '=', keyOf(fence.putBack)),
        );
      }),

    settle: (fence, end, reason) =>
      store.write(function* () {
        yield* requireFence(fence);
        const at = clock.now().toISOString();
        const [settled] = yield* rows(
          db
            .updateTable('put_back')
            .set({ state: end, reason, settled_at: at, lease_owner: null, lease_until: null })
            .where('key', '=', keyOf(fence.putBack))
            .returningAll(),
        );
        if (settled) yield* appendAudit(store, [entryOf(settled, 'put-back-settled', at, { end, reason })]);
      }),

    async waiting() {
      const found = await db
        .selectFrom('put_back')
        .select((row) => [row.fn.countAll().as('count'), row.fn.min('due_at').as('oldest')])
        .where(isWaiting)
        .executeTakeFirst();
      return { count: Number(found?.count ?? 0), oldestDueAt: found?.oldest ?? null };
    },
  };
}

/** In the transaction that records the end of a change: from then on its putting back is owed, if it is meant for a time only. */
export function* oweFor(store: Store, change: Selectable<ActionTable>, finishedAt: string): Steps<void> {
  const { putBack } = JSON.parse(change.plan) as Plan;
  if (!putBack || change.step !== 'execute' || change.status === 'failed') return;
  const dueAt = new Date(Date.parse(finishedAt) + putBack.afterSeconds * 1000).toISOString();
  const row: Insertable<PutBackTable> = {
    key: change.key,
    incident_id: change.incident_id,
    due_at: dueAt,
    next_at: dueAt,
    state: 'waiting',
    reason: '',
    tries: 0,
    lease_owner: null,
    lease_until: null,
    fencing_token: 0,
    settled_at: null,
  };
  const [owed] = yield* rows(
    store.db
      .insertInto('put_back')
      .values(row)
      .onConflict((conflict) => conflict.column('key').doNothing())
      .returningAll(),
  );
  if (owed) yield* appendAudit(store, [entryOf(owed, 'put-back-owed', finishedAt, { dueAt, summary: putBack.summary })]);
}

function entryOf(
  { incident_id: incidentId, key }: Selectable<PutBackTable>,
  event: AuditEvent,
  at: string,
  detail: Record<string, unknown>,
): AuditEntry {
  return { at, incidentId, actor: 'put-back', event, detail: { key, ...detail } };
}

function toPutBack({ key, incident_id, due_at: dueAt, tries, reason }: Selectable<PutBackTable>): PutBack {
  return { key: ActionKey.parse(key), incidentId: IncidentId.parse(incident_id), dueAt, tries, reason };
}

function fenceOf({ key, incident_id, fencing_token: fencingToken }: Selectable<PutBackTable>): Fence {
  return { incidentId: IncidentId.parse(incident_id), fencingToken, putBack: ActionKey.parse(key) };
}

function keyOf(putBack: ActionKey | undefined): ActionKey {
  if (putBack === undefined) throw new InvariantError('a put-back was written under the fence of an incident');
  return putBack;
}
