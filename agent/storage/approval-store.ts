/** Approval requests on the store: one per incident, plan and claim, answered at most once and used at most once. */
import type { Selectable } from 'kysely';
import type { ApprovalRequest, ApprovalStore } from '../approval/store.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Clock } from '../domain/clock.ts';
import { InvariantError } from '../domain/errors.ts';
import { ActionKey, IncidentId } from '../domain/ids.ts';
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
    ask: (request, fence) =>
      store.write(function* () {
        yield* requireFence(fence);
        const { incidentId, planHash, claimHash } = request;
        const [created] = yield* rows(
          db
            .insertInto('approval')
            .values({
              id: newId(),
              incident_id: incidentId,
              plan: canonicalJson(request.plan),
              plan_hash: planHash,
              hypothesis: canonicalJson(request.hypothesis),
              claim_hash: claimHash,
              evidence_hash: request.evidenceHash,
              requested_by: request.requestedBy.length === 0 ? null : JSON.stringify(request.requestedBy),
              warning: request.warning,
              asked_at: now(),
              expires_at: request.expiresAt,
            })
            .onConflict((conflict) => conflict.columns(['incident_id', 'plan_hash', 'claim_hash']).where('used_by', 'is', null).doNothing())
            .returningAll(),
        );
        if (created) return toRequest(created);
        const [known] = yield* rows(
          db
            .selectFrom('approval')
            .selectAll()
            .where('incident_id', '=', incidentId)
            .where('plan_hash', '=', planHash)
            .where('claim_hash', '=', claimHash)
            .where('used_by', 'is', null),
        );
        if (!known) throw new InvariantError(`the approval of incident ${incidentId} was neither written nor found`);
        return toRequest(known);
      }),

    answer: (id, { answer, by, via, narrowedPlan }) =>
      store.write(function* () {
        const at = now();
        const [answered] = yield* rows(
          db
            .updateTable('approval')
            .set({ answer, answered_by: by, answered_at: at, narrowed_plan: narrowedPlan ? canonicalJson(narrowedPlan) : null })
            .where('id', '=', id)
            .where('answer', 'is', null)
            .where('expires_at', '>', at)
            .returningAll(),
        );
        if (!answered) return undefined;
        const pins = { planHash: answered.plan_hash, evidenceHash: answered.evidence_hash };
        const detail = { approvalId: id, answer, via, ...pins, ...(narrowedPlan ? { narrowedParams: narrowedPlan.params } : {}) };
        yield* appendAudit(store, [{ at, incidentId: answered.incident_id, actor: by, event: 'approval-answered', detail }]);
        return toRequest(answered);
      }),

    use: (id, change, fence) =>
      store.write(function* () {
        yield* requireFence(fence);
        const used = yield* rows(
          db
            .updateTable('approval')
            .set(({ fn, val }) => ({ used_by: change, used_at: fn.coalesce('used_at', val(now())) }))
            .where('id', '=', id)
            .where('incident_id', '=', fence.incidentId)
            .where('answer', '=', 'approved')
            .where(({ or, eb }) => or([eb('used_by', 'is', null), eb('used_by', '=', change)]))
            .returning('id'),
        );
        return used.length > 0;
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

export function toRequest(row: Selectable<ApprovalTable>): ApprovalRequest {
  return {
    id: row.id,
    incidentId: IncidentId.parse(row.incident_id),
    plan: JSON.parse(row.plan),
    planHash: row.plan_hash,
    hypothesis: row.hypothesis === null ? null : JSON.parse(row.hypothesis),
    claimHash: row.claim_hash,
    evidenceHash: row.evidence_hash,
    requestedBy: requestersOf(row.requested_by),
    warning: row.warning,
    askedAt: row.asked_at,
    expiresAt: row.expires_at,
    answer: row.answer,
    answeredBy: row.answered_by,
    answeredAt: row.answered_at,
    narrowedPlan: row.narrowed_plan === null ? null : JSON.parse(row.narrowed_plan),
    usedBy: row.used_by === null ? null : ActionKey.parse(row.used_by),
  };
}

/** Older rows hold one plain name. */
function requestersOf(text: string | null): string[] {
  if (text === null) return [];
  return text.startsWith('["') ? (JSON.parse(text) as string[]) : [text];
}
