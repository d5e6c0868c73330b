/** Shadows on the store: one row per incident and plan, followed until it is known what happened, then left as it is. */
import type { Selectable } from 'kysely';
import { canonicalHash, canonicalJson } from '../audit/canonical-json.ts';
import { resourceKey } from '../domain/alert.ts';
import type { Cause } from '../domain/cause.ts';
import type { Clock } from '../domain/clock.ts';
import { IncidentId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { Shadow, ShadowStore } from '../shadow/store.ts';
import type { Sample, ServiceSample } from '../verification/sample.ts';
import { appendAudit } from './audit-trail.ts';
import { createFence } from './fence.ts';
import { rows } from './steps.ts';
import type { Store } from './store.ts';
import type { ShadowTable } from './tables.ts';

export function createShadowStore(store: Store, clock: Clock): ShadowStore {
  const { db } = store;
  const requireFence = createFence(store);
  const now = () => clock.now().toISOString();
  return {
    keep: ({ plan, cause, reason, before, neighbours }, fence) =>
      store.write(function* () {
        yield* requireFence(fence);
        const at = now();
        const target = resourceKey(plan.target);
        const kept = yield* rows(
          db
            .insertInto('shadow')
            .values({
              incident_id: fence.incidentId,
              action: plan.action,
              target,
              plan: canonicalJson(plan),
              plan_hash: canonicalHash(plan),
              cause,
              reason,
              before: JSON.stringify(before),
              neighbours: JSON.stringify(neighbours),
              looks: '[]',
              kept_at: at,
              next_look_at: at,
              result: null,
              detail: '',
              settled_at: null,
            })
            .onConflict((conflict) => conflict.columns(['incident_id', 'plan_hash']).doNothing())
            .returning(['seq', 'plan_hash']),
        );
        const entries = kept.map((row) => ({
          at,
          incidentId: fence.incidentId,
          actor: 'decision',
          event: 'shadow-kept' as const,
          detail: { shadow: row.seq, action: plan.action, target, reason, planHash: row.plan_hash },
        }));
        yield* appendAudit(store, entries);
      }),

    claimDue: (everyMs, limit) =>
      store.write(function* () {
        const at = now();
        const next_look_at = new Date(Date.parse(at) + everyMs).toISOString();
        const due = yield* rows(
          db
            .selectFrom('shadow')
            .select('seq')
            .where('result', 'is', null)
            .where('next_look_at', '<=', at)
            .orderBy('next_look_at')
            .limit(limit),
        );
        if (due.length === 0) return [];
        const claimed = yield* rows(
          db
            .updateTable('shadow')
            .set({ next_look_at })
            .where(
              'seq',
              'in',
              due.map((row) => row.seq),
            )
            .returningAll(),
        );
        return claimed.map(toShadow).sort((one, other) => one.seq - other.seq);
      }),

    async followOn(seq, looks) {
      await db
        .updateTable('shadow')
        .set({ looks: JSON.stringify(looks) })
        .where('seq', '=', seq)
        .where('result', 'is', null)
        .execute();
    },

    settle: (seq, result, detail) =>
      store.write(function* () {
        const at = now();
        const settled = yield* rows(
          db
            .updateTable('shadow')
            .set({ result, detail, settled_at: at, looks: '[]' })
            .where('seq', '=', seq)
            .where('result', 'is', null)
            .returning(['incident_id', 'action', 'target']),
        );
        const entries = settled.map(({ incident_id, action, target }) => ({
          at,
          incidentId: incident_id,
          actor: 'shadow',
          event: 'shadow-settled' as const,
          detail: { shadow: seq, action, target, result, reason: detail },
        }));
        yield* appendAudit(store, entries);
      }),

    async list({ incidentId, target, action, limit = 100 }) {
      let query = db.selectFrom('shadow').selectAll();
      if (incidentId !== undefined) query = query.where('incident_id', '=', incidentId);
      if (target !== undefined) query = query.where('target', '=', target);
      if (action !== undefined) query = query.where('action', '=', action);
      return (await query.orderBy('seq', 'desc').limit(limit).execute()).map(toShadow);
    },
  };
}

function toShadow(row: Selectable<ShadowTable>): Shadow {
  return {
    seq: row.seq,
    incidentId: IncidentId.parse(row.incident_id),
    plan: JSON.parse(row.plan) as Plan,
    cause: row.cause as Cause,
    reason: row.reason,
    before: JSON.parse(row.before) as ServiceSample[],
    neighbours: JSON.parse(row.neighbours) as string[],
    looks: JSON.parse(row.looks) as Sample[],
    keptAt: row.kept_at,
    result: row.result,
    detail: row.detail,
    settledAt: row.settled_at,
  };
}
