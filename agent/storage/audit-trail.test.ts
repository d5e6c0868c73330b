import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry, AuditTrail } from '../audit/trail.ts';
import { InvariantError } from '../domain/errors.ts';
import { engines } from '../testing/engines.ts';
import { openTempStore, type TempStore, testAuditKeys } from '../testing/temp-store.ts';
import { appendAudit, createAuditTrail } from './audit-trail.ts';

describe.each(engines)('on %s', (engine) => {
  let temp: TempStore;
  let trail: AuditTrail;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    trail = createAuditTrail(temp.store);
  });
  afterEach(() => temp.remove());

  const entry = (n: number): AuditEntry => ({
    at: '2026-01-01T00:00:00.000Z',
    incidentId: n % 2 ? 'odd' : null,
    actor: 'intake',
    event: 'incident-opened',
    detail: { n, text: 'a\u0000b\ud800 "quoted" \u202e' },
  });

  async function write(count: number): Promise<void> {
    for (let n = 1; n <= count; n += 1) await trail.append(entry(n));
  }

  /** Edits the rows as somebody with a database shell would, the triggers taken off first. */
  async function tamper(...statements: string[]): Promise<void> {
    const triggers =
      engine === 'sqlite'
        ? ['audit_refuses_update', 'audit_refuses_delete', 'audit_refuses_replace'].map((name) => `drop trigger ${name}`)
        : ['drop trigger audit_refuses_change on audit'];
    await temp.raw(...triggers, ...statements);
  }

  describe('the audit trail', () => {
    it('gives back what was written, in order, with an intact chain', async () => {
      await write(5);
      const rows = await trail.list({});
      expect(rows.map((row) => row.seq)).toEqual([1, 2, 3, 4, 5]);
      expect(rows[1]?.previousHash).toBe(rows[0]?.hash);
      expect(rows[0]?.detail).toEqual(entry(1).detail);
      expect(new Set(rows.map((row) => row.keyId))).toEqual(new Set([testAuditKeys.currentId]));
      expect(await trail.verify()).toEqual({ rows: 5, brokenAt: null });
    });

    it('is never told a secret, and its chain is intact over what it keeps', async () => {
      await trail.append({
        ...entry(1),
        actor: 'AKIAABCDEFGHIJKLMNOP',
        detail: { reason: 'dial postgres://shop:hunter2@db failed', token: 'plain' },
      });
      const [row] = await trail.list({});
      expect(row).toMatchObject({ actor: '***', detail: { reason: 'dial postgres://***@db failed', token: '***' } });
      expect(await trail.verify()).toEqual({ rows: 1, brokenAt: null });
    });

    it('lists by incident and from a place on', async () => {
      await write(5);
      expect((await trail.list({ incidentId: 'odd', afterSeq: 1 })).map((row) => row.seq)).toEqual([3, 5]);
      expect(await trail.list({ limit: 2 })).toHaveLength(2);
    });

    it('keeps one chain when two connections append at once', async () => {
      const other = await temp.openAgain();
      const others = createAuditTrail(other);
      await Promise.all(Array.from({ length: 100 }, (_, n) => (n % 2 ? trail : others).append(entry(n))));
      expect(await trail.verify()).toEqual({ rows: 100, brokenAt: null });
    });

    it('verifies more rows than one page holds', async () => {
      await temp.store.write(function* () {
        yield* appendAudit(
          temp.store,
          Array.from({ length: 1_203 }, (_, n) => entry(n)),
        );
      });
      expect(await trail.verify()).toEqual({ rows: 1_203, brokenAt: null });
    });

    it('refuses what JSON cannot carry instead of losing it', async () => {
      await expect(trail.append({ ...entry(1), detail: { big: 1n } })).rejects.toThrow(InvariantError);
      expect(await trail.list({})).toEqual([]);
    });

    it.each([
      ['update', "update audit set actor = 'x' where seq = 2"],
      ['delete', 'delete from audit where seq = 2'],
      engine === 'sqlite'
        ? [
            'replace',
            "insert or replace into audit select seq, at, incident_id, 'x', event, detail, previous_hash, hash, key_id from audit where seq = 2",
          ]
        : ['truncate', 'truncate audit'],
    ])('is protected by the database against %s', async (_, statement) => {
      await write(3);
      await expect(temp.raw(statement)).rejects.toThrow(/audit rows are never/);
      expect(await trail.verify()).toEqual({ rows: 3, brokenAt: null });
    });

    it.each([
      ['an edited detail', ["update audit set detail = replace(detail, '3', '4') where seq = 3"], 3],
      ['a detail that is no JSON any more', ["update audit set detail = '{' where seq = 3"], 3],
      ['an edited actor', ["update audit set actor = 'nobody' where seq = 1"], 1],
      ['an edited time', ["update audit set at = '2027' where seq = 4"], 4],
      ['a space in a detail', ["update audit set detail = replace(detail, ':', ': ') where seq = 3"], 3],
      ['a row that names no key', ["update audit set key_id = '' where seq = 3"], 3],
      ['a row that names a key nobody has', ["update audit set key_id = 'ffffffffffff' where seq = 3"], 3],
      ['a row that lost its incident', ['update audit set incident_id = null where seq = 3'], 3],
      ['a deleted row', ['delete from audit where seq = 3'], 4],
      ['a deleted first row', ['delete from audit where seq = 1'], 2],
      ['a deleted last row', ['delete from audit where seq = 5'], 5],
      ['an emptied table', ['delete from audit'], 1],
      ['a head that is gone', ['delete from audit_head'], 1],
      ['a head of another hash', ["update audit_head set hash = 'x'"], 5],
      ['a head that hides the last row', ['update audit_head set seq = 4, hash = (select hash from audit where seq = 4)'], 5],
      ['a head that hides the first key', ['update audit_head set keyed_from = null'], 1],
      ['a head that says the keys came later', ['update audit_head set keyed_from = 3'], 1],
      [
        'two swapped rows',
        ['update audit set seq = 99 where seq = 2', 'update audit set seq = 2 where seq = 3', 'update audit set seq = 3 where seq = 99'],
        2,
      ],
      ['a deleted row with the rest moved up', ['delete from audit where seq = 2', 'update audit set seq = seq - 1 where seq > 2'], 2],
      [
        'an added row',
        ['insert into audit select 6, at, incident_id, actor, event, detail, hash, hash, key_id from audit where seq = 5'],
        6,
      ],
    ])('finds %s', async (_, statements, brokenAt) => {
      await write(5);
      await tamper(...statements);
      expect((await trail.verify()).brokenAt).toBe(brokenAt);
    });
  });
});
