/** The audit trail on the store. Rows are only ever added; the database's own triggers refuse the rest. */
import type { Insertable, Selectable } from 'kysely';
import { genesis, type Link, type SealedRow, seal } from '../audit/chain.ts';
import type { AuditKeys } from '../audit/key.ts';
import type { AuditEntry, AuditEvent, AuditRow, AuditTrail } from '../audit/trail.ts';
import { type TrailReader, verifyTrail } from '../audit/verify.ts';
import { ConfigError, InvariantError, StoreError } from '../domain/errors.ts';
import { withoutSecretsIn } from '../domain/secret-text.ts';
import { createFence } from './fence.ts';
import { rows, type Steps, slices } from './steps.ts';
import type { Store } from './store.ts';
import type { AuditTable } from './tables.ts';

export function createAuditTrail(store: Store): AuditTrail {
  const { db } = store;
  const requireFence = createFence(store);
  return {
    append: (entry, fence) =>
      store.write(function* () {
        if (fence) yield* requireFence(fence);
        yield* appendAudit(store, [entry]);
      }),

    async list({ incidentId, afterSeq = 0, limit = 1_000 }) {
      let query = db.selectFrom('audit').selectAll().where('seq', '>', afterSeq);
      if (incidentId !== undefined) query = query.where('incident_id', '=', incidentId);
      return (await query.orderBy('seq').limit(limit).execute()).map(toRow);
    },

    async verify() {
      const { rows: counted, brokenAt } = await verifyTrail(createTrailReader(store), keysOf(store));
      return { rows: counted, brokenAt };
    },
  };
}

/**
 * Signs the youngest row with the key in use, if another or none did; to be called when the agent starts. `at` is ISO 8601; ConfigError
 * when the key must not follow the one before.
 */
export function adoptAuditKey(store: Store, at: string): Promise<void> {
  return store.write(function* () {
    const head = yield* headOf(store);
    if (!head || head.keyId === keysOf(store).currentId) return;
    const fault = yield* keyFault(store, head);
    if (fault) throw new ConfigError([`KINTSUGI_AUDIT_KEY: ${fault}`], { hint: keyHint });
    yield* appendAfter(store, head, [keyChange(store, head, at)]);
  });
}

export function createTrailReader({ db }: Pick<Store, 'db'>): TrailReader {
  return {
    async head() {
      const found = await db.selectFrom('audit_head').select(['seq', 'hash', 'keyed_from']).executeTakeFirst();
      return found
        ? { seq: Number(found.seq), hash: found.hash, keyedFrom: found.keyed_from === null ? null : Number(found.keyed_from) }
        : null;
    },
    async rows(afterSeq, limit) {
      return (await db.selectFrom('audit').selectAll().where('seq', '>', afterSeq).orderBy('seq').limit(limit).execute()).map(toSealed);
    },
  };
}

/** Adds entries to the chain inside a transaction of the caller's, so that a change and its record stand or fall together. */
export function* appendAudit(store: Store, entries: readonly AuditEntry[]): Steps<void> {
  const [first] = entries;
  if (!first) return;
  const head = yield* headOf(store);
  if (!head || head.keyId === keysOf(store).currentId) return yield* appendAfter(store, head, entries);
  const fault = yield* keyFault(store, head);
  if (fault) throw new StoreError(fault, { hint: keyHint });
  yield* appendAfter(store, head, [keyChange(store, head, first.at), ...entries]);
}

interface StoredHead extends Link {
  keyedFrom: number | null;
}

/** Nothing is added to a trail whose end is not what it was: who cut it must not have it healed over. */
function* headOf({ db }: Store): Steps<StoredHead | undefined> {
  const [head] = yield* rows(
    db
      .selectFrom('audit_head')
      .leftJoin('audit', 'audit.seq', 'audit_head.seq')
      .select(['audit_head.seq', 'audit_head.hash', 'audit_head.keyed_from', 'audit.key_id', 'audit.hash as row_hash']),
  );
  if (!head) return undefined;
  if (head.row_hash !== head.hash || head.key_id === null) {
    throw new StoreError(`the audit trail is broken: its youngest row, ${head.seq}, is missing or another`, {
      hint: 'docs/runbooks/AuditChainBroken.md; nothing is changed while nothing can be recorded',
    });
  }
  return { seq: head.seq, hash: head.hash, keyId: head.key_id, keyedFrom: head.keyed_from };
}

function* appendAfter(store: Store, head: StoredHead | undefined, entries: readonly AuditEntry[]): Steps<void> {
  const { db } = store;
  const keys = keysOf(store);
  let previous: Link = head ?? genesis;
  const added = entries.map((entry) => {
    const row = seal(previous, withoutSecretsIn(entry), keys);
    previous = row;
    return row;
  });
  for (const slice of slices(added)) yield* rows(db.insertInto('audit').values(slice.map(fromSealed)));
  const { seq, hash } = previous;
  const keyed_from = head?.keyedFrom ?? added[0]?.seq ?? null;
  yield* rows(
    db
      .insertInto('audit_head')
      .values({ id: 1, seq, hash, keyed_from })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ seq, hash, keyed_from })),
  );
}

const keyHint = 'give every replica the same key, and list the ones before it, newest first, in KINTSUGI_AUDIT_EARLIER_KEYS';

/** Why the key in use may not follow the key of the youngest row; along the trail keys only ever change to newer ones. */
function* keyFault(store: Store, head: StoredHead): Steps<string | null> {
  const keys = keysOf(store);
  if (head.keyId === keys.currentId) return null;
  if (!keys.order.includes(head.keyId)) return `the audit trail was last signed with a key this process does not know (${head.keyId})`;
  const [used] = yield* rows(store.db.selectFrom('audit').select('seq').where('key_id', '=', keys.currentId).limit(1));
  return used ? `the key ${keys.currentId} was pushed aside by ${head.keyId} and cannot sign again: make a new one` : null;
}

function keyChange(store: Store, head: StoredHead, at: string): AuditEntry {
  const detail = { from: head.keyId, to: keysOf(store).currentId };
  return { at, incidentId: null, actor: 'audit', event: 'audit-key-changed', detail };
}

function keysOf(store: Store): AuditKeys {
  if (store.auditKeys) return store.auditKeys;
  throw new InvariantError('the store was opened without the keys of the audit trail', {
    hint: 'openStore(…, { auditKeys }); in tests, testAuditKeys',
  });
}

function fromSealed(row: SealedRow): Insertable<AuditTable> {
  return {
    seq: row.seq,
    at: row.at,
    incident_id: row.incidentId,
    actor: row.actor,
    event: row.event,
    detail: row.detail,
    previous_hash: row.previousHash,
    hash: row.hash,
    key_id: row.keyId,
  };
}

/** A reader of its own gets PostgreSQL's 64-bit numbers as text. */
function toSealed(row: Selectable<AuditTable>): SealedRow {
  return {
    seq: Number(row.seq),
    at: row.at,
    incidentId: row.incident_id,
    actor: row.actor,
    event: row.event,
    detail: row.detail,
    previousHash: row.previous_hash,
    hash: row.hash,
    keyId: row.key_id,
  };
}

function toRow(row: Selectable<AuditTable>): AuditRow {
  return { ...toSealed(row), event: row.event as AuditEvent, detail: JSON.parse(row.detail) as Record<string, unknown> };
}
