/** The ledger's table on the store: one row per key, written before the effect and finished after it. */
import { type Selectable, type SqlBool, sql } from 'kysely';
import type { ActionStore } from '../action/action-store.ts';
import { canonicalHash, canonicalJson } from '../audit/canonical-json.ts';
import type { AuditEntry, AuditEvent } from '../audit/trail.ts';
import { resourceKey } from '../domain/alert.ts';
import type { Clock } from '../domain/clock.ts';
import { InvariantError } from '../domain/errors.ts';
import { ActionKey } from '../domain/ids.ts';
import type { ActionRecord, Plan } from '../domain/plan.ts';
import { againAt, firstAgain } from './again.ts';
import { appendAudit } from './audit-trail.ts';
import { createFence } from './fence.ts';
import { oweFor } from './put-back-store.ts';
import { rows, type Steps } from './steps.ts';
import type { Store } from './store.ts';
import type { ActionTable } from './tables.ts';

export function createActionStore(store: Store, clock: Clock): ActionStore {
  const { db } = store;
  const requireFence = createFence(store);
  return {
    intend: ({ key, incidentId, step, plan }, fence) =>
      store.write(function* () {
        yield* requireFence(fence);
        const planHash = canonicalHash(plan);
        const [created] = yield* rows(
          db
            .insertInto('action')
            .values({
              key,
              incident_id: incidentId,
              step,
              action: plan.action,
              target: resourceKey(plan.target),
              plan: canonicalJson(plan),
              plan_hash: planHash,
              status: 'intended',
              detail: '',
              intended_at: clock.now().toISOString(),
              finished_at: null,
              verified: null,
              fencing_token: fence.fencingToken,
            })
            .onConflict((conflict) => conflict.column('key').doNothing())
            .returningAll(),
        );
        if (created) {
          yield* appendAudit(store, [intendedEntry(created)]);
          return { created: true, record: toRecord(created) };
        }
        const [known] = yield* rows(db.selectFrom('action').selectAll().where('key', '=', key));
        if (!known) throw new InvariantError(`action ${key} was neither written nor found`);
        if (known.plan_hash !== planHash || known.incident_id !== incidentId || known.step !== step) {
          throw new InvariantError(`action ${key} already stands for another plan`, {
            hint: 'a key names one effect for ever: a changed plan needs a new key',
          });
        }
        // Version 0.1 wrote the two apart, and may have died in between.
        if (known.status === 'intended' && !(yield* isAudited(store, known))) yield* appendAudit(store, [intendedEntry(known)]);
        return { created: false, record: toRecord(known) };
      }),

    finish: (key, status, detail, fence) =>
      store.write(function* () {
        yield* requireFence(fence);
        const changed = yield* rows(
          db
            .updateTable('action')
            .set({ status, detail, finished_at: clock.now().toISOString() })
            .where('key', '=', key)
            .where('status', 'in', ['intended', 'unknown'])
            .where('status', '!=', status)
            .returningAll(),
        );
        const [finished] = changed;
        if (finished) {
          yield* appendAudit(store, [finishedEntry(finished)]);
          return yield* oweFor(store, finished, finished.finished_at ?? finished.intended_at);
        }
        const [known] = yield* rows(db.selectFrom('action').select('status').where('key', '=', key));
        if (known?.status === status) return;
        throw new InvariantError(
          known ? `action ${key} is ${known.status} and cannot become ${status}` : `action ${key} finished but was never intended`,
        );
      }),

    async get(key) {
      const found = await db.selectFrom('action').selectAll().where('key', '=', key).executeTakeFirst();
      return found && toRecord(found);
    },

    async ofIncident(incidentId) {
      return (await db.selectFrom('action').selectAll().where('incident_id', '=', incidentId).orderBy('seq').execute()).map(toRecord);
    },

    async changesSince(since) {
      const counted = db
        .selectFrom('action')
        .innerJoin('incident', 'incident.id', 'action.incident_id')
        .select(['action.seq', 'action.incident_id', 'action.action', 'action.target', 'action.status', 'action.intended_at'])
        .select('action.verified')
        .select(againAt)
        // Spelt out, not bound: only then does SQLite see that the partial index fits.
        .where(sql<SqlBool>`action.step = 'execute' and action.status <> 'failed'`)
        .orderBy('action.seq', 'desc');
      const [recent, older] = await Promise.all([
        counted.where('action.intended_at', '>=', since).execute(),
        counted
          .where('action.intended_at', '<', since)
          .where(sql<SqlBool>`action.verified is null`)
          .where('incident.status', '!=', 'closed')
          .execute(),
      ]);
      return [...recent, ...older].map((row) => ({
        seq: row.seq,
        incidentId: row.incident_id,
        action: row.action,
        target: row.target,
        status: row.status,
        intendedAt: row.intended_at,
        verified: row.verified,
        againAt: firstAgain(row),
      }));
    },

    judge: (key, verified, fence) =>
      store.write(function* () {
        yield* requireFence(fence);
        const changed = yield* rows(
          db.updateTable('action').set({ verified, verified_at: clock.now().toISOString() }).where('key', '=', key).returning('key'),
        );
        if (changed.length === 0) throw new InvariantError(`action ${key} was judged but never intended`);
      }),
  };
}

function intendedEntry(row: Selectable<ActionTable>): AuditEntry {
  const plan = JSON.parse(row.plan) as Plan;
  return entryOf(row, row.step === 'undo' ? 'undo-intended' : 'action-intended', row.intended_at, { plan, planHash: row.plan_hash });
}

function finishedEntry(row: Selectable<ActionTable>): AuditEntry {
  const applied = row.status === 'done' ? 'yes' : row.status === 'failed' ? 'no' : 'unknown';
  const at = row.finished_at ?? row.intended_at;
  return entryOf(row, row.step === 'undo' ? 'undo-finished' : 'action-finished', at, { applied, detail: row.detail });
}

function entryOf(row: Selectable<ActionTable>, event: AuditEvent, at: string, detail: Record<string, unknown>): AuditEntry {
  return { at, incidentId: row.incident_id, actor: 'remediation', event, detail: { key: row.key, action: row.action, ...detail } };
}

function* isAudited({ db }: Store, row: Selectable<ActionTable>): Steps<boolean> {
  const event = row.step === 'undo' ? 'undo-intended' : 'action-intended';
  const entries = yield* rows(
    db.selectFrom('audit').select('detail').where('incident_id', '=', row.incident_id).where('event', '=', event),
  );
  return entries.some((entry) => (JSON.parse(entry.detail) as { key?: string }).key === row.key);
}

function toRecord(row: Selectable<ActionTable>): ActionRecord {
  return {
    seq: row.seq,
    key: ActionKey.parse(row.key),
    incidentId: row.incident_id,
    step: row.step,
    plan: JSON.parse(row.plan) as Plan,
    status: row.status,
    detail: row.detail,
    intendedAt: row.intended_at,
    finishedAt: row.finished_at,
    verified: row.verified,
  };
}
