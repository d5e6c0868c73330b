import { readFile } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalStore } from '../approval/store.ts';
import { LeaseLostError } from '../domain/errors.ts';
import { ActionKey, IncidentId } from '../domain/ids.ts';
import type { Fence } from '../incident/store.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { newApproval } from '../testing/new-approval.ts';
import { planOf } from '../testing/plan.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, makePlace, openTempStore, type TempStore, testAuditKeys } from '../testing/temp-store.ts';
import { createApprovalMessageStore } from './approval-message-store.ts';
import { createApprovalStore } from './approval-store.ts';
import { createIncidentStore, type SqlIncidentStore } from './incident-store.ts';
import { openStore } from './store.ts';

const change = ActionKey.parse('incident-1/1/execute/stop-task/ecs:shop/checkout');
const another = ActionKey.parse('incident-1/2/execute/stop-task/ecs:shop/checkout');

describe.each(engines)('approvals on %s', (engine) => {
  const clock = createFakeClock('2026-01-01T00:00:00.000Z');
  let temp: TempStore;
  let incidents: SqlIncidentStore;
  let approvals: ApprovalStore;
  let held: Fence;

  beforeEach(async () => {
    clock.set(new Date('2026-01-01T00:00:00.000Z'));
    temp = await openTempStore({ engine });
    incidents = createIncidentStore(temp.store, clock, countingIds('incident'), '1');
    approvals = createApprovalStore(temp.store, clock, countingIds('approval'));
    await incidents.receive([receivedAlert()]);
    const [lease] = await incidents.claim('this process', 60_000, 1);
    if (!lease) throw new Error('nothing to claim');
    held = lease;
  });
  afterEach(() => temp.remove());

  const request = (more: Parameters<typeof newApproval>[1] = {}) =>
    newApproval(held.incidentId, { expiresAt: '2026-01-01T00:30:00.000Z', ...more });
  const yes = { answer: 'approved', by: 'ann', via: 'api' } as const;

  it('keep everything they are pinned to', async () => {
    const asked = request({ requestedBy: ['bob', 'ann'], warning: 'not known' });
    const made = await approvals.ask(asked, held);
    expect(await approvals.get(made.id)).toEqual({
      ...asked,
      id: 'approval-1',
      askedAt: '2026-01-01T00:00:00.000Z',
      answer: null,
      answeredBy: null,
      answeredAt: null,
      narrowedPlan: null,
      usedBy: null,
    });
  });

  it('are asked anew for another claim', async () => {
    const first = await approvals.ask(request(), held);
    expect((await approvals.ask(request(), held)).id).toBe(first.id);
    expect((await approvals.ask(request({ claimHash: 'another' }), held)).id).not.toBe(first.id);
  });

  it('are used by one change only, however often it asks, and asked anew after that', async () => {
    const { id } = await approvals.ask(request(), held);
    expect(await approvals.use(id, change, held)).toBe(false);
    await approvals.answer(id, yes);
    expect(await approvals.use(id, change, held)).toBe(true);
    expect(await approvals.use(id, another, held)).toBe(false);
    expect(await approvals.use(id, change, held)).toBe(true);
    expect(await approvals.get(id)).toMatchObject({ usedBy: change });
    const next = await approvals.ask(request(), held);
    expect(next).toMatchObject({ answer: null, usedBy: null });
    expect(next.id).not.toBe(id);
  });

  it('are not used when they were rejected, belong to another incident, or by a run that was overtaken', async () => {
    const { id } = await approvals.ask(request(), held);
    await approvals.answer(id, { ...yes, answer: 'rejected' });
    expect(await approvals.use(id, change, held)).toBe(false);
    const { id: second } = await approvals.ask(request({ claimHash: 'another' }), held);
    await approvals.answer(second, yes);
    await expect(approvals.use(second, change, { ...held, fencingToken: held.fencingToken - 1 })).rejects.toThrow(LeaseLostError);
    await expect(approvals.use(second, change, { ...held, incidentId: IncidentId.parse('another') })).rejects.toThrow(LeaseLostError);
    expect(await approvals.get(second)).toMatchObject({ usedBy: null });
  });

  it('are used by one of two changes that ask at once', async () => {
    const { id } = await approvals.ask(request(), held);
    await approvals.answer(id, yes);
    expect((await Promise.all([approvals.use(id, change, held), approvals.use(id, another, held)])).filter(Boolean)).toHaveLength(1);
  });

  it('keep the narrower plan that was agreed to', async () => {
    const { id } = await approvals.ask(request(), held);
    const narrowedPlan = planOf({ params: { cluster: 'shop', service: 'checkout', tasks: 1 } });
    await approvals.answer(id, { ...yes, narrowedPlan });
    expect(await approvals.get(id)).toMatchObject({ plan: planOf(), narrowedPlan });
  });

  it('are owed to the channel once by one of two replicas, again when nothing is heard, and again when they are decided', async () => {
    const messages = createApprovalMessageStore(temp.store, clock);
    const { id } = await approvals.ask(request(), held);
    const both = await Promise.all([messages.takeOwed('C1', 30_000, 10), messages.takeOwed('C1', 30_000, 10)]);
    expect(both.flat()).toMatchObject([{ request: { id }, messageId: null, attempts: 1, incidentIsClosed: false }]);
    await clock.advance(30_000);
    expect(await messages.takeOwed('C1', 30_000, 10)).toMatchObject([{ attempts: 2 }]);
    await messages.settled(id, '17.1', 'waiting');
    await clock.advance(60_000);
    expect(await messages.takeOwed('C1', 30_000, 10)).toEqual([]);
    await approvals.answer(id, yes);
    expect(await messages.takeOwed('C1', 30_000, 10)).toMatchObject([{ messageId: '17.1', attempts: 1, request: { answer: 'approved' } }]);
    await messages.failed(id, clock.now().getTime() + 5_000);
    expect(await messages.takeOwed('C1', 30_000, 10)).toEqual([]);
    await clock.advance(5_000);
    expect(await messages.takeOwed('C1', 30_000, 10)).toHaveLength(1);
    await messages.settled(id, '17.1', 'approved');
    await clock.advance(3_600_000);
    expect(await messages.takeOwed('C1', 30_000, 10)).toEqual([]);
  });

  it('are owed to the channel when nobody answered in time, or the incident was closed', async () => {
    const messages = createApprovalMessageStore(temp.store, clock);
    const { id } = await approvals.ask(request(), held);
    const { id: late } = await approvals.ask(request({ claimHash: 'another', expiresAt: '2026-01-01T00:01:00.000Z' }), held);
    for (const { request: one } of await messages.takeOwed('C1', 30_000, 10)) await messages.settled(one.id, '17.1', 'waiting');
    await clock.advance(60_000);
    expect((await messages.takeOwed('C1', 30_000, 10)).map(({ request: one }) => one.id)).toEqual([late]);
    await messages.settled(late, '17.1', 'expired');
    await incidents.close('escalated', 'somebody took it', held);
    expect(await messages.takeOwed('C1', 30_000, 10)).toMatchObject([{ request: { id }, incidentIsClosed: true }]);
  });

  it('take a signature once, and forget it when it is too old to be believed', async () => {
    const messages = createApprovalMessageStore(temp.store, clock);
    const first = await Promise.all([messages.firstSeen('v0=a', 600_000), messages.firstSeen('v0=a', 600_000)]);
    expect(first.filter(Boolean)).toHaveLength(1);
    expect(await messages.firstSeen('v0=b', 600_000)).toBe(true);
    await clock.advance(600_001);
    expect(await messages.firstSeen('v0=c', 600_000)).toBe(true);
    expect(await temp.raw('select signature from seen_request')).toEqual([{ signature: 'v0=c' }]);
  });
});

it('is the question an older version asked, with nothing lost, and can be answered', async () => {
  const place = await makePlace('sqlite');
  const raw = new Database(place.path);
  raw.exec(await readFile(new URL('fixtures/store-0.3.sql', import.meta.url), 'utf8'));
  const before = raw.prepare('select * from approval').get();
  raw.close();
  const store = await openStore(place.address, { auditKeys: testAuditKeys });
  const clock = createFakeClock('2026-03-10T12:10:00.000Z');
  const approvals = createApprovalStore(store, clock, countingIds('approval'));
  expect(await place.raw('select * from approval')).toEqual([expect.objectContaining(before as object)]);
  const [waiting] = await approvals.pending();
  expect(waiting).toMatchObject({ hypothesis: null, claimHash: '', evidenceHash: null, requestedBy: [], usedBy: null });
  expect(await approvals.answer(waiting?.id ?? '', { answer: 'approved', by: 'ann', via: 'api' })).toMatchObject({ answer: 'approved' });
  await store.close();
  await place.remove();
});
