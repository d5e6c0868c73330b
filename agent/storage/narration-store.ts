/** Narrations on the store: one row per incident and kind, wanted until it is told or given up. */
import type { Selectable } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { IncidentId } from '../domain/ids.ts';
import type { ClaimedNarration, Narration, NarrationStore, Statement, Want } from '../narration/store.ts';
import { appendAudit } from './audit-trail.ts';
import { setSetting } from './settings.ts';
import { rows, type Steps } from './steps.ts';
import type { Store } from './store.ts';
import type { NarrationTable } from './tables.ts';

/** How far the audit trail was read for what there is to tell. */
const readToKey = 'narration.read-to';
/** Claims one narration gets, whatever became of them: also one that kills its process each time comes to an end. */
const maxClaims = 12;

export function createNarrationStore(store: Store, clock: Clock): NarrationStore {
  const { db } = store;
  const now = () => clock.now().toISOString();
  const held = (seq: number, claim: number) =>
    db.updateTable('narration').where('seq', '=', seq).where('claims', '=', claim).where('state', '=', 'wanted');

  function* note({ incidentId, kind, subject, entry }: Want): Steps<void> {
    const at = now();
    const wanted = { subject, wanted_entry: entry, wanted_at: at, due_at: at, state: 'wanted', tries: 0 } as const;
    const without = { statements: '[]', struck: 0, model: null, reason: '', told_at: null };
    const [known] = yield* rows(
      db.selectFrom('narration').select(['seq', 'subject', 'wanted_entry']).where('incident_id', '=', incidentId).where('kind', '=', kind),
    );
    if (!known) {
      yield* rows(
        db
          .insertInto('narration')
          .values({ incident_id: incidentId, kind, ...wanted, ...without, claims: 0 })
          .returning('seq'),
      );
    } else if (known.subject !== subject && Number(known.wanted_entry) < entry) {
      yield* rows(
        db
          .updateTable('narration')
          .set({ ...wanted, ...without })
          .where('seq', '=', known.seq)
          .returning('seq'),
      );
    }
  }

  return {
    async readFrom(atMost) {
      const head = Number((await db.selectFrom('audit_head').select('seq').executeTakeFirst())?.seq ?? 0);
      const read = await db.selectFrom('setting').select('value').where('key', '=', readToKey).executeTakeFirst();
      return Math.max(read ? Number(read.value) : head, head - atMost, 0);
    },

    want: (wants, readTo) =>
      store.write(function* () {
        for (const want of wants) yield* note(want);
        yield* rows(setSetting(store, readToKey, String(readTo), now()));
      }),

    claimDue: (kinds, holdMs, limit) =>
      store.write(function* () {
        const at = now();
        const due = yield* rows(
          db
            .selectFrom('narration')
            .select('seq')
            .where('state', '=', 'wanted')
            .where('kind', 'in', kinds)
            .where('due_at', '<=', at)
            .where('claims', '<', maxClaims)
            .orderBy('due_at')
            .limit(limit),
        );
        if (due.length === 0) return [];
        const claimed = yield* rows(
          db
            .updateTable('narration')
            .set(({ eb }) => ({ due_at: new Date(Date.parse(at) + holdMs).toISOString(), claims: eb('claims', '+', 1) }))
            .where(
              'seq',
              'in',
              due.map(({ seq }) => seq),
            )
            .returningAll(),
        );
        return claimed.map(toClaimed);
      }),

    told: ({ seq, claim }, { subject, statements, struck, model, costUsd }) =>
      store.write(function* () {
        const at = now();
        const words = { statements: JSON.stringify(statements), struck, model, subject, reason: '', told_at: at, state: 'told' as const };
        const [told] = yield* rows(held(seq, claim).set(words).returning(['incident_id', 'kind']));
        if (!told) return false;
        const cited = statements.filter(({ evidence }) => evidence.length > 0).length;
        const detail = { kind: told.kind, about: subject, model, statements: statements.length, cited, struck, costUsd };
        yield* appendAudit(store, [{ at, incidentId: told.incident_id, actor: 'narration', event: 'narrated', detail }]);
        return true;
      }),

    failed: ({ seq, claim }, { againAt, reason, counts }) =>
      store.write(function* () {
        const state = againAt === null ? ('given-up' as const) : ('wanted' as const);
        const due = againAt === null ? {} : { due_at: againAt };
        yield* rows(
          held(seq, claim)
            .set(({ eb }) => ({ state, reason, ...due, tries: eb('tries', '+', counts ? 1 : 0) }))
            .returning('seq'),
        );
      }),

    async ofIncident(incidentId) {
      return (await db.selectFrom('narration').selectAll().where('incident_id', '=', incidentId).orderBy('seq').execute()).map(toNarration);
    },
  };
}

function toClaimed(row: Selectable<NarrationTable>): ClaimedNarration {
  const { seq, incident_id, kind, subject, wanted_at, claims, tries } = row;
  const incidentId = IncidentId.parse(incident_id);
  return { seq: Number(seq), incidentId, kind, subject, wantedAt: wanted_at, claim: Number(claims), tries: Number(tries) };
}

export function toNarration(row: Selectable<NarrationTable>): Narration {
  return {
    seq: Number(row.seq),
    incidentId: IncidentId.parse(row.incident_id),
    kind: row.kind,
    subject: row.subject,
    state: row.state,
    statements: JSON.parse(row.statements) as Statement[],
    struck: Number(row.struck),
    model: row.model,
    reason: row.reason,
    wantedAt: row.wanted_at,
    toldAt: row.told_at,
  };
}
