/** Approval requests on the store: one per incident and plan, answered at most once. */
import type { Selectable } from 'kysely';
import type { ApprovalRequest, ApprovalStore } from '../approval/store.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Clock } from '../domain/clock.ts';
import { InvariantError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import { appendAudit } from './audit-trail.ts';
import { createFence } from './fence.ts';
import { rows } from './steps.ts';
import type { Store } from './store.ts';
import type { ApprovalTable } from './tables.ts';

export function createApprovalStore(store: Store, clock: Clock, newId: () => string): ApprovalStore {
  const { db } = store;
  const now = () => clock.now().toISOString();
  const requireFence = createFence(store);
  return {
    ask: ({ incidentId, plan, planHash, expiresAt }, fence) =>
      store.write(function* () {
        yield* requireFence(fence);
        const [created] = yield* rows(
          db
            .insertInto('approval')
            .values({
              id: newId(),
              incident_id: incidentId,
              plan: canonicalJson(plan),
              plan_hash: planHash,
              asked_at: now(),
              expires_at: expiresAt,
              answer: null,
              answered_by: null,
              answered_at: null,
            })
            .onConflict((conflict) => conflict.columns(['incident_id', 'plan_hash']).doNothing())
            .returningAll(),
        );
        if (created) return toRequest(created);
        const [known] = yield* rows(
          db.selectFrom('approval').selectAll().where('incident_id', '=', incidentId).where('plan_hash', '=', planHash),
        );
        if (!known) throw new InvariantError(`the approval of incident ${incidentId} was neither written nor found`);
        return toRequest(known);
      }),

    answer: (id, answer, by) =>
      store.write(function* () {
        const at = now();
        const [answered] = yield* rows(
          db
            .updateTable('approval')
            .set({ answer, answered_by: by, answered_at: at })
            .where('id', '=', id)
            .where('answer', 'is', null)
            .where('expires_at', '>', at)
            .returningAll(),
        );
        if (!answered) return undefined;
        const detail = { approvalId: id, answer, planHash: answered.plan_hash };
        yield* appendAudit(store, [{ at, incidentId: answered.incident_id, actor: by, event: 'approval-answered', detail }]);
        return toRequest(answered);
      }),

    async get(id) {
      const found = await db.selectFrom('approval').selectAll().where('id', '=', id).executeTakeFirst();
      return found && toRequest(found);
    },

    async pending() {
      const query = db.selectFrom('approval').selectAll().where('answer', 'is', null).where('expires_at', '>', now());
      return (await query.orderBy('seq').execute()).map(toRequest);
    },

    async ofIncident(incidentId) {
      return (await db.selectFrom('approval').selectAll().where('incident_id', '=', incidentId).orderBy('seq').execute()).map(toRequest);
    },
  };
}

function toRequest(row: Selectable<ApprovalTable>): ApprovalRequest {
  return {
    id: row.id,
    incidentId: IncidentId.parse(row.incident_id),
    plan: JSON.parse(row.plan) as Plan,
    planHash: row.plan_hash,
    askedAt: row.asked_at,
    expiresAt: row.expires_at,
    answer: row.answer,
    answeredBy: row.answered_by,
    answeredAt: row.answered_at,
  };
}
