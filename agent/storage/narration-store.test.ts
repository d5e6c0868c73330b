import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EvidenceId, IncidentId } from '../domain/ids.ts';
import type { ToldNarration, Want } from '../narration/store.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createAuditTrail } from './audit-trail.ts';
import { createIncidentStore } from './incident-store.ts';
import { createNarrationStore } from './narration-store.ts';

const incidentId = IncidentId.parse('incident-1');
const clock = createFakeClock();
const kinds = ['explanation', 'summary'] as const;
const holdMs = 60_000;
const told: ToldNarration = {
  subject: 'overload in cart',
  statements: [{ text: 'Requests to cart rose threefold.', evidence: [EvidenceId.parse('evidence-1')] }],
  struck: 2,
  model: 'scripted:words',
  costUsd: 0.01,
};

function want(entry: number, subject = 'overload in cart', kind: Want['kind'] = 'explanation'): Want {
  return { incidentId, kind, subject, entry };
}

describe.each(engines)('narrations on %s', (engine) => {
  let temp: TempStore;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    clock.set(new Date('2026-01-01T00:00:00.000Z'));
    await createIncidentStore(temp.store, clock, countingIds('incident')).receive([receivedAlert()]);
  });
  afterEach(() => temp.remove());

  const open = () => createNarrationStore(temp.store, clock);
  const events = async () => (await createAuditTrail(temp.store).list({ incidentId })).slice(1);

  it('begin at the end of the audit trail, and go on from where the last one stopped', async () => {
    const narrations = open();
    expect(await narrations.readFrom(1_000)).toBe(1);
    await narrations.want([], 7);
    expect(await narrations.readFrom(1_000)).toBe(7);
    const trail = createAuditTrail(temp.store);
    const entry = { at: clock.now().toISOString(), incidentId, actor: 'x', event: 'diagnosis', detail: {} } as const;
    for (let count = 0; count < 20; count += 1) await trail.append(entry);
    expect(await narrations.readFrom(1_000)).toBe(7);
    expect(await narrations.readFrom(5)).toBe(16);
  });

  it('are wanted once for the same subject, and anew for another that is younger', async () => {
    const narrations = open();
    await narrations.want([want(3), want(5)], 5);
    const [first] = await narrations.claimDue(kinds, holdMs, 10);
    expect(first).toMatchObject({ incidentId, kind: 'explanation', subject: 'overload in cart', claim: 1, tries: 0 });
    await narrations.told(first ?? { seq: 0, claim: 0 }, told);
    await narrations.want([want(6), want(2, 'sick-task in cart')], 6);
    expect(await narrations.ofIncident(incidentId)).toMatchObject([{ state: 'told', statements: told.statements, struck: 2 }]);
    await narrations.want([want(9, 'sick-task in cart')], 9);
    expect(await narrations.ofIncident(incidentId)).toMatchObject([
      { state: 'wanted', subject: 'sick-task in cart', statements: [], struck: 0, model: null, toldAt: null },
    ]);
  });

  it('go to one of two replicas, and come again when nothing is heard of them', async () => {
    const narrations = open();
    await narrations.want([want(3), want(4, 'how it ended', 'summary')], 4);
    const other = createNarrationStore(await temp.openAgain(), clock);
    const claims = await Promise.all([narrations.claimDue(kinds, holdMs, 10), other.claimDue(kinds, holdMs, 10)]);
    expect(
      claims
        .flat()
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['explanation', 'summary']);
    expect(await narrations.claimDue(kinds, holdMs, 10)).toEqual([]);
    await clock.advance(holdMs);
    expect(await other.claimDue(['summary'], holdMs, 10)).toMatchObject([{ kind: 'summary', claim: 2, tries: 0 }]);
  });

  it('are claimed so often and no more, also when each claim is the end of its process', async () => {
    const narrations = open();
    await narrations.want([want(3)], 3);
    let claims = 0;
    for (let round = 0; round < 30; round += 1) {
      claims += (await narrations.claimDue(kinds, holdMs, 10)).length;
      await clock.advance(holdMs);
    }
    expect(claims).toBe(12);
  });

  it('are told together with their audit entry, by the last claim only', async () => {
    const narrations = open();
    await narrations.want([want(3)], 3);
    const [late] = await narrations.claimDue(kinds, holdMs, 10);
    await clock.advance(holdMs);
    const [last] = await narrations.claimDue(kinds, holdMs, 10);
    if (!late || !last) throw new Error('nothing was claimed');
    expect(await narrations.told(late, { ...told, model: 'scripted:late' })).toBe(false);
    expect(await narrations.told(last, told)).toBe(true);
    expect(await narrations.told(last, told)).toBe(false);
    expect(await narrations.ofIncident(incidentId)).toMatchObject([{ model: 'scripted:words', toldAt: clock.now().toISOString() }]);
    const about = {
      kind: 'explanation',
      about: 'overload in cart',
      model: 'scripted:words',
      statements: 1,
      cited: 1,
      struck: 2,
      costUsd: 0.01,
    };
    expect(await events()).toMatchObject([{ event: 'narrated', actor: 'narration', detail: about }]);
  });

  it('are refused when what they are about has changed meanwhile', async () => {
    const narrations = open();
    await narrations.want([want(3)], 3);
    const [claimed] = await narrations.claimDue(kinds, holdMs, 10);
    await narrations.want([want(8, 'sick-task in cart')], 8);
    const [again] = await narrations.claimDue(kinds, holdMs, 10);
    expect(again).toMatchObject({ subject: 'sick-task in cart', claim: 2 });
    expect(await narrations.told(claimed ?? { seq: 0, claim: 0 }, told)).toBe(false);
  });

  it('come again when they are due after a failure, count what counts, and end when they are given up', async () => {
    const narrations = open();
    await narrations.want([want(3)], 3);
    const againAt = new Date(clock.now().getTime() + 30_000).toISOString();
    const [first] = await narrations.claimDue(kinds, holdMs, 10);
    await narrations.failed(first ?? { seq: 0, claim: 0 }, { againAt, reason: 'unreachable', counts: true });
    expect(await narrations.claimDue(kinds, holdMs, 10)).toEqual([]);
    await clock.advance(30_000);
    const [second] = await narrations.claimDue(kinds, holdMs, 10);
    expect(second).toMatchObject({ tries: 1 });
    await narrations.failed(second ?? { seq: 0, claim: 0 }, { againAt, reason: 'the ceiling', counts: false });
    const [third] = await narrations.claimDue(kinds, holdMs, 10);
    expect(third).toMatchObject({ tries: 1 });
    await narrations.failed(third ?? { seq: 0, claim: 0 }, { againAt: null, reason: 'enough', counts: true });
    await clock.advance(3_600_000);
    expect(await narrations.claimDue(kinds, holdMs, 10)).toEqual([]);
    expect(await narrations.ofIncident(incidentId)).toMatchObject([{ state: 'given-up', reason: 'enough', statements: [] }]);
    expect(await events()).toEqual([]);
  });
});
