import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalHash } from '../audit/canonical-json.ts';
import { genesis, type SealedRow, seal } from '../audit/chain.ts';
import { type AuditKeys, createAuditKeys } from '../audit/key.ts';
import type { AuditEntry } from '../audit/trail.ts';
import { type TrailReader, verifyTrail } from '../audit/verify.ts';
import { ConfigError, StoreError } from '../domain/errors.ts';
import { engines } from '../testing/engines.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { adoptAuditKey, createAuditTrail, createTrailReader } from './audit-trail.ts';

const [first, second, third] = ['first', 'second', 'third'].map((name) => `${name} key of the audit trail in this test`) as [
  string,
  string,
  string,
];
const at = '2026-01-01T00:00:00.000Z';
const entry = (n: number): AuditEntry => ({ at, incidentId: null, actor: 'intake', event: 'incident-opened', detail: { n } });

let temp: TempStore;
afterEach(() => temp.remove());

const trailWith = (keys: AuditKeys) => createAuditTrail({ ...temp.store, auditKeys: keys });
const adopt = (keys: AuditKeys) => adoptAuditKey({ ...temp.store, auditKeys: keys }, at);
const check = (keys: AuditKeys) => verifyTrail(createTrailReader(temp.store), keys);

/** Writes rows as version 0.1 did: plain SHA-256, no key. */
async function writePlainRows(count: number, keyedFrom: number | null = null): Promise<void> {
  const statements: string[] = [];
  let previousHash = '0'.repeat(64);
  for (let seq = 1; seq <= count; seq += 1) {
    const row = { seq, at, incidentId: null, actor: 'intake', event: 'incident-opened', detail: { n: seq }, previousHash };
    const hash = canonicalHash(row);
    statements.push(`insert into audit (seq, at, incident_id, actor, event, detail, previous_hash, hash)
      values (${seq}, '${at}', null, 'intake', 'incident-opened', '${JSON.stringify(row.detail)}', '${previousHash}', '${hash}')`);
    previousHash = hash;
  }
  const head = `insert into audit_head (id, seq, hash, keyed_from) values (1, ${count}, '${previousHash}', ${keyedFrom})`;
  await temp.raw(...statements, 'delete from audit_head', head);
}

const triggers = {
  sqlite: ['audit_refuses_update', 'audit_refuses_delete', 'audit_refuses_replace'].map((name) => `drop trigger ${name}`),
  postgres: ['audit_refuses_change', 'audit_refuses_truncate'].map((name) => `drop trigger ${name} on audit`),
};

describe.each(engines)('the keys of the audit trail, on %s', (engine) => {
  beforeEach(async () => {
    temp = await openTempStore({ engine });
  });

  it('are told apart by an id that says nothing about them', () => {
    const ids = [first, second, third].map((key) => createAuditKeys(key).currentId);
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{12}$/);
  });

  it('make the trail unreadable for whoever has another one', async () => {
    await trailWith(createAuditKeys(first)).append(entry(1));
    expect(await check(createAuditKeys(second))).toMatchObject({ brokenAt: 1, fault: 'unknown-key' });
  });

  it('follow rows that are older than any key, which still count and can no longer be changed', async () => {
    await writePlainRows(3);
    const keys = createAuditKeys(first);
    expect(await check(keys)).toMatchObject({ brokenAt: 3, fault: 'keyed-from' });
    await adopt(keys);
    await trailWith(keys).append(entry(5));
    expect(await check(keys)).toMatchObject({ rows: 5, brokenAt: null });
    const [change] = (await trailWith(keys).list({ afterSeq: 3 })) ?? [];
    expect(change).toMatchObject({ event: 'audit-key-changed', detail: { from: '', to: keys.currentId } });
  });

  it('are adopted by the first entry as well, in the same transaction', async () => {
    await writePlainRows(2);
    const keys = createAuditKeys(first);
    await trailWith(keys).append(entry(3));
    expect((await trailWith(keys).list({})).map((row) => row.event).slice(2)).toEqual(['audit-key-changed', 'incident-opened']);
    expect(await check(keys)).toMatchObject({ rows: 4, brokenAt: null });
  });

  it('do not let a whole trail pass that was rewritten without one', async () => {
    await trailWith(createAuditKeys(first)).append(entry(1));
    await temp.raw(...triggers[engine]);
    for (const keyedFrom of [null, 1, 5]) {
      await temp.raw('delete from audit');
      await writePlainRows(4, keyedFrom);
      expect(await check(createAuditKeys(first)), String(keyedFrom)).toMatchObject({ fault: 'keyed-from' });
    }
  });

  it('are rotated: the new one signs, the earlier ones check', async () => {
    await trailWith(createAuditKeys(first)).append(entry(1));
    const rotated = createAuditKeys(second, [first]);
    expect(await check(rotated)).toMatchObject({ brokenAt: 1, fault: 'old-key' });
    await adopt(rotated);
    await adopt(rotated);
    const twice = createAuditKeys(third, [second, first]);
    await trailWith(twice).append(entry(4));
    expect(await check(twice)).toMatchObject({ rows: 4, brokenAt: null });
    expect(await check(createAuditKeys(third, [second]))).toMatchObject({ brokenAt: 1, fault: 'unknown-key' });
  });

  it('do not sign again once pushed aside: a leaked one is worth nothing', async () => {
    await trailWith(createAuditKeys(first)).append(entry(1));
    await trailWith(createAuditKeys(second, [first])).append(entry(2));
    const rolledBack = createAuditKeys(first, [second]);
    await expect(adopt(rolledBack)).rejects.toThrow(ConfigError);
    await expect(trailWith(rolledBack).append(entry(3))).rejects.toThrow(StoreError);
  });

  it('are found out of order, should one that was pushed aside sign again', async () => {
    const [old, rotated] = [createAuditKeys(first), createAuditKeys(second, [first])];
    const rows: SealedRow[] = [];
    for (const keys of [rotated, old, rotated]) rows.push(seal(rows.at(-1) ?? genesis, entry(rows.length), keys));
    const reader: TrailReader = {
      head: async () => ({ seq: 3, hash: rows[2]?.hash ?? '', keyedFrom: 1 }),
      rows: async (afterSeq) => rows.slice(afterSeq),
    };
    expect(await verifyTrail(reader, rotated)).toMatchObject({ brokenAt: 2, fault: 'key-order' });
  });

  it('keep a process out that does not know the key in use', async () => {
    await trailWith(createAuditKeys(second)).append(entry(1));
    await expect(trailWith(createAuditKeys(first)).append(entry(2))).rejects.toThrow(StoreError);
    expect(await check(createAuditKeys(second))).toMatchObject({ rows: 1, brokenAt: null });
  });
});

describe.each(engines)('a trail whose end is not what it was, on %s', (engine) => {
  beforeEach(async () => {
    temp = await openTempStore({ engine });
  });

  it.each([
    ['cut', 'delete from audit where seq = 2'],
    ['edited', "update audit set hash = 'x' where seq = 2"],
  ])('takes no more entries when it was %s, so that nothing is healed over', async (_, statement) => {
    const keys = createAuditKeys(first);
    await trailWith(keys).append(entry(1));
    await trailWith(keys).append(entry(2));
    await temp.raw(...triggers[engine], statement);
    await expect(trailWith(keys).append(entry(3))).rejects.toThrow(/youngest row, 2, is missing or another/);
  });
});

describe('the check of the trail', () => {
  beforeEach(async () => {
    temp = await openTempStore();
  });

  it('goes on while others append', async () => {
    const trail = trailWith(createAuditKeys(first));
    for (let n = 1; n <= 30; n += 1) await trail.append(entry(n));
    const reader = createTrailReader(temp.store);
    let n = 30;
    const busy = {
      head: reader.head,
      // Somebody appends between any two reads.
      rows: async (afterSeq: number, limit: number) => {
        n += 1;
        await trail.append(entry(n));
        return reader.rows(afterSeq, Math.min(limit, 7));
      },
    };
    expect(await verifyTrail(busy, createAuditKeys(first))).toMatchObject({ rows: 30, brokenAt: null, fault: null });
  });

  it('compares with what was put outside', async () => {
    const keys = createAuditKeys(first);
    for (let n = 1; n <= 3; n += 1) await trailWith(keys).append(entry(n));
    const [, row] = await createTrailReader(temp.store).rows(0, 3);
    const seen = { seq: 2, hash: row?.hash ?? '', where: 'a bucket' };
    const reader = createTrailReader(temp.store);
    expect(await verifyTrail(reader, keys, [seen])).toMatchObject({ brokenAt: null, outside: { compared: 1, newestSeq: 2 } });
    const forged = { ...seen, hash: 'f'.repeat(64) };
    expect(await verifyTrail(reader, keys, [seen, forged])).toMatchObject({ brokenAt: 2, fault: 'outside', outside: { differs: forged } });
    const younger = { ...seen, seq: 9 };
    expect(await verifyTrail(reader, keys, [seen, younger])).toMatchObject({
      brokenAt: 4,
      fault: 'outside',
      outside: { differs: younger },
    });
  });
});
