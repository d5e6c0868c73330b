/** The audit trail on the store. Rows are only ever added; the database's own triggers refuse the rest. */
import { setImmediate } from 'node:timers/promises';
import type { Insertable, Selectable } from 'kysely';
import { canonicalJson } from '../audit/canonical-json.ts';
import { follows, genesis, type Link, nextRow } from '../audit/chain.ts';
import type { AuditEntry, AuditEvent, AuditRow, AuditTrail } from '../audit/trail.ts';
import { rows, type Steps, slices } from './steps.ts';
import type { Store } from './store.ts';
import type { AuditTable } from './tables.ts';

export function createAuditTrail(store: Store): AuditTrail {
  const { db } = store;
  return {
    append: (entry) => store.write(() => appendAudit(store, [entry])),

    async list({ incidentId, afterSeq = 0, limit = 1_000 }) {
      let query = db.selectFrom('audit').selectAll().where('seq', '>', afterSeq);
      if (incidentId !== undefined) query = query.where('incident_id', '=', incidentId);
      return (await query.orderBy('seq').limit(limit).execute()).map(toRow);
    },

    async verify() {
      const head = await db.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
      let previous: Link = genesis;
      let counted = 0;
      for (;;) {
        const page = await db.selectFrom('audit').selectAll().where('seq', '>', previous.seq).orderBy('seq').limit(500).execute();
        for (const found of page) {
          counted += 1;
          const row = readable(found);
          if (!row || !follows(previous, row)) return { rows: counted, brokenAt: found.seq };
          if (head && row.seq === head.seq && row.hash !== head.hash) return { rows: counted, brokenAt: row.seq };
          previous = row;
        }
        if (page.length === 0) break;
        // A long trail must not keep webhooks waiting.
        await setImmediate();
      }
      const cutTail = previous.seq < (head?.seq ?? 0);
      return { rows: counted, brokenAt: cutTail ? previous.seq + 1 : null };
    },
  };
}

/** Adds entries to the chain inside a transaction of the caller's, so that a change and its record stand or fall together. */
export function* appendAudit({ db }: Store, entries: readonly AuditEntry[]): Steps<void> {
  if (entries.length === 0) return;
  const [head] = yield* rows(db.selectFrom('audit_head').select(['seq', 'hash']));
  let previous: Link = head ?? genesis;
  const added = entries.map((entry) => {
    const row = nextRow(previous, entry);
    previous = row;
    return row;
  });
  for (const slice of slices(added)) yield* rows(db.insertInto('audit').values(slice.map(fromRow)));
  const { seq, hash } = previous;
  yield* rows(
    db
      .insertInto('audit_head')
      .values({ id: 1, seq, hash })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ seq, hash })),
  );
}

function fromRow(row: AuditRow): Insertable<AuditTable> {
  return {
    seq: row.seq,
    at: row.at,
    incident_id: row.incidentId,
    actor: row.actor,
    event: row.event,
    detail: canonicalJson(row.detail),
    previous_hash: row.previousHash,
    hash: row.hash,
  };
}

function toRow(row: Selectable<AuditTable>): AuditRow {
  return {
    seq: row.seq,
    at: row.at,
    incidentId: row.incident_id,
    actor: row.actor,
    event: row.event as AuditEvent,
    detail: JSON.parse(row.detail) as Record<string, unknown>,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

/** A tampered detail need not even be JSON any more. */
function readable(row: Selectable<AuditTable>): AuditRow | undefined {
  try {
    return toRow(row);
  } catch {
    return undefined;
  }
}
