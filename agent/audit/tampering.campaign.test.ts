/** S20: a trail is edited, cut, reordered, added to and rewritten in every way an attacker has, in the database. Every way is found. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { createTrailReader } from '../storage/audit-trail.ts';
import { campaign } from '../testing/campaign.ts';
import { engines } from '../testing/engines.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { attack, attackKinds, buildTrail, diceOf, fitsInItself, type Trail, trailShape, trueKeys } from '../testing/trail-attacks.ts';
import { verifyTrail } from './verify.ts';

const perRun = attackKinds.length;

for (const engine of engines) {
  const definition = {
    id: 'S20',
    title: 'audit trail edited, cut, reordered, added to, rewritten: all found',
    store: engine,
    runs: { ci: 12 * perRun, lab: 120 * perRun },
  };
  campaign(definition, async (run) => {
    const temp = await openTempStore({ engine });
    const reader = createTrailReader(temp.store);
    await temp.raw(...(engine === 'sqlite' ? sqliteTriggers : postgresTriggers));
    const found = new Map<string, number>();
    const outsideOnly = { count: 0 };
    const scenes = run.sample(fc.tuple(trailShape, fc.nat()), run.runs / perRun);
    for (const [shape, seed] of scenes) {
      const { trail, anchored } = buildTrail(shape);
      const outside = [{ seq: anchored.seq, hash: anchored.hash, where: 'outside' }];
      await put(temp, trail);
      expect(await verifyTrail(reader, trueKeys, outside)).toMatchObject({
        fault: null,
        rows: trail.rows.length,
        outside: { compared: 1 },
      });
      for (const kind of attackKinds) {
        await run.attempt(`${kind}, ${JSON.stringify(shape)}, dice ${seed}`, async () => {
          const forged = attack(kind, trail, anchored, diceOf(seed));
          expect(forged, 'the attack changed nothing').not.toEqual(trail);
          await put(temp, forged);
          const { fault } = await verifyTrail(reader, trueKeys, outside);
          expect(fault, 'not found').not.toBeNull();
          found.set(fault ?? '', (found.get(fault ?? '') ?? 0) + 1);
          if (fitsInItself.includes(kind)) {
            // The proof that the outside is needed: the trail by itself looks whole.
            expect(await verifyTrail(reader, trueKeys)).toMatchObject({ fault: null });
            outsideOnly.count += 1;
          }
        });
      }
    }
    await temp.remove();
    for (const [fault, count] of [...found].toSorted()) run.measure(`found by ${fault}`, count);
    run.measure('found by the outside alone', outsideOnly.count);
    run.note(
      'attackers: database write; the code; an earlier key; the key. What lies behind the newest head outside is nobody’s to prove.',
    );
    expect(outsideOnly.count).toBe((run.runs / perRun) * fitsInItself.length);
  });
}

const sqliteTriggers = ['audit_refuses_update', 'audit_refuses_delete', 'audit_refuses_replace'].map((name) => `drop trigger ${name}`);
const postgresTriggers = ['audit_refuses_change', 'audit_refuses_truncate'].map((name) => `drop trigger ${name} on audit`);

/** Puts the trail in the place of the one that is there, as somebody with a database shell would. */
async function put(temp: TempStore, { rows, head }: Trail): Promise<void> {
  const values = rows.map(
    (row) =>
      `(${[row.seq, text(row.at), text(row.incidentId), text(row.actor), text(row.event), text(row.detail), text(row.previousHash), text(row.hash), text(row.keyId)].join(', ')})`,
  );
  const columns = 'seq, at, incident_id, actor, event, detail, previous_hash, hash, key_id';
  const insert = values.length > 0 ? [`insert into audit (${columns}) values ${values.join(', ')}`] : [];
  const set = head
    ? [`insert into audit_head (id, seq, hash, keyed_from) values (1, ${head.seq}, ${text(head.hash)}, ${head.keyedFrom})`]
    : [];
  await temp.raw('begin', 'delete from audit', 'delete from audit_head', ...insert, ...set, 'commit');
}

function text(value: string | null): string {
  return value === null ? 'null' : `'${value.replaceAll("'", "''")}'`;
}
