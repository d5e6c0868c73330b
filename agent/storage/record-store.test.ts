import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ActionKey, IncidentId } from '../domain/ids.ts';
import type { IncidentOutcome } from '../domain/incident.ts';
import type { ActionRecord } from '../domain/plan.ts';
import type { ReceivedAlert } from '../incident/store.ts';
import { standingOf } from '../policy/earned/replay.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { planOf } from '../testing/plan.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createActionStore } from './action-store.ts';
import { againAt } from './again.ts';
import { createAuditTrail } from './audit-trail.ts';
import { createIncidentStore } from './incident-store.ts';
import { createAutonomyControl, createRecordStore } from './record-store.ts';
import { createShadowStore } from './shadow-store.ts';
import type { OpenStore } from './store.ts';

const plan = planOf();
const target = 'ecs:shop/checkout';
const clock = createFakeClock();

describe.each(engines)('the record of an action on a service, on %s', (engine) => {
  let temp: TempStore;
  let ids: () => string;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    clock.set(new Date('2026-01-01T00:00:00.000Z'));
    ids = countingIds('incident');
  });
  afterEach(() => temp.remove());

  function alertOf(service: string, name = receivedAlert().alert.name): ReceivedAlert {
    return receivedAlert({
      alert: { ...receivedAlert().alert, name },
      target: { resource: { cluster: 'shop', service } },
      bodyHash: crypto.randomUUID(),
      receivedAt: clock.now().toISOString(),
    });
  }
  async function opened(service = 'checkout'): Promise<IncidentId> {
    const [row] = await createIncidentStore(temp.store, clock, ids).receive([alertOf(service)]);
    return IncidentId.parse(row?.incidentId);
  }
  /** Opens an incident, makes the change on checkout, judges it a minute later and closes the incident. */
  async function changed(
    verified: ActionRecord['verified'],
    outcome: IncidentOutcome = 'fixed',
    alerting = 'checkout',
  ): Promise<IncidentId> {
    const incidentId = await opened(alerting);
    const fence = { incidentId, fencingToken: 0 };
    const actions = createActionStore(temp.store, clock);
    const key = ActionKey.parse(`${incidentId}/execute`);
    await actions.intend({ key, incidentId, step: 'execute', plan }, fence);
    await actions.finish(key, 'done', '', fence);
    await clock.advance(60_000);
    if (verified) await actions.judge(key, verified, fence);
    await createIncidentStore(temp.store, clock, ids).close(outcome, '', fence);
    return incidentId;
  }
  const recordOf = (store: OpenStore = temp.store) => createRecordStore(store).of(target, plan.action);

  it('holds each change with the time of its judgement', async () => {
    await changed('harmed', 'escalated');
    expect(await recordOf()).toEqual([
      { kind: 'change', incidentId: 'incident-1', at: '2026-01-01T00:01:00.000Z', verified: 'harmed', againAt: null },
    ]);
  });

  it('says when what was mended came back, in the record and to the breaker', async () => {
    await changed('recovered');
    await clock.advance(3_600_000);
    await opened();
    await clock.advance(3_600_000);
    const again = '2026-01-01T01:01:00.000Z';
    expect(await recordOf()).toMatchObject([{ verified: 'recovered', againAt: again }]);
    const changes = await createActionStore(temp.store, clock).changesSince('2026-01-01T00:00:00.000Z');
    expect(changes).toMatchObject([{ seq: 1, verified: 'recovered', againAt: again }]);
  });

  it.each(['no-fault', 'declined'] as const)('counts no incident in which nothing was wrong: %s', async (outcome) => {
    await changed('recovered');
    const next = await opened();
    await createIncidentStore(temp.store, clock, ids).close(outcome, '', { incidentId: next, fencingToken: 0 });
    expect(await recordOf()).toMatchObject([{ againAt: null }]);
  });

  it('counts the first in which something was wrong, whether it is closed by now or not', async () => {
    await changed('recovered');
    const incidents = createIncidentStore(temp.store, clock, ids);
    for (const outcome of ['no-fault', 'escalated', 'recovered'] as const) {
      await clock.advance(3_600_000);
      await incidents.close(outcome, '', { incidentId: await opened(), fencingToken: 0 });
    }
    await clock.advance(3_600_000);
    await opened();
    expect(await recordOf()).toMatchObject([{ againAt: '2026-01-01T02:01:00.000Z' }]);
  });

  it('counts an alert of another name about the service that was changed, whichever service the first was about', async () => {
    await changed('recovered', 'fixed', 'storefront');
    const incidents = createIncidentStore(temp.store, clock, ids);
    await clock.advance(3_600_000);
    await incidents.receive([alertOf('checkout', 'SlowRequests')]);
    await clock.advance(3_600_000);
    await incidents.receive([alertOf('storefront')]);
    const again = '2026-01-01T01:01:00.000Z';
    expect(await recordOf()).toMatchObject([{ verified: 'recovered', againAt: again }]);
    const changes = await createActionStore(temp.store, clock).changesSince('2026-01-01T00:00:00.000Z');
    expect(changes).toMatchObject([{ incidentId: 'incident-1', againAt: again }]);
  });

  it('counts no incident that was open already when the change was made, however late it closes', async () => {
    const incidents = createIncidentStore(temp.store, clock, ids);
    const [earlier] = await incidents.receive([alertOf('checkout', 'SlowRequests')]);
    await changed('recovered');
    expect(await recordOf()).toMatchObject([{ againAt: null }]);
    await clock.advance(3_600_000);
    await incidents.close('escalated', '', { incidentId: IncidentId.parse(earlier?.incidentId), fencingToken: 0 });
    expect(await recordOf()).toMatchObject([{ againAt: null }]);
  });

  it('counts neither trouble of a service that was not changed nor another alert of the one that was alerted', async () => {
    await changed('recovered', 'fixed', 'storefront');
    const incidents = createIncidentStore(temp.store, clock, ids);
    await incidents.receive([alertOf('cart'), alertOf('storefront', 'SlowRequests')]);
    expect(await incidents.list({ open: true })).toHaveLength(2);
    expect(await recordOf()).toMatchObject([{ againAt: null }]);
  });

  it('finds what came back along an index, however many incidents are stored', async () => {
    const { db } = temp.store;
    const asked = db.selectFrom('action').innerJoin('incident', 'incident.id', 'action.incident_id').select(againAt).compile();
    const bare = asked.parameters.reduce<string>((text, value) => text.replace(/\?|\$\d+/, `'${value}'`), asked.sql);
    // A planner reads a table of three rows whole, however well an index fits.
    const explain = engine === 'sqlite' ? ['explain query plan'] : ['set enable_seqscan = off', 'explain'];
    const found = await temp.raw(...explain.slice(0, -1), `${explain.at(-1)} ${bare}`);
    expect(JSON.stringify(found)).toContain('incident_again_alert');
    expect(JSON.stringify(found)).toContain('incident_again_target');
  });

  it('leaves out what the world refused and undo steps', async () => {
    const incidentId = await opened();
    const fence = { incidentId, fencingToken: 0 };
    const actions = createActionStore(temp.store, clock);
    await actions.intend({ key: ActionKey.parse('a'), incidentId, step: 'execute', plan }, fence);
    await actions.finish(ActionKey.parse('a'), 'failed', '', fence);
    await actions.intend({ key: ActionKey.parse('b'), incidentId, step: 'undo', plan }, fence);
    expect(await recordOf()).toEqual([]);
  });

  it('holds what became of a shadow once it is settled, and orders with their audit entry', async () => {
    const incidentId = await opened();
    const shadows = createShadowStore(temp.store, clock);
    await shadows.keep({ plan, cause: 'bad-deployment', reason: '', before: [], neighbours: [] }, { incidentId, fencingToken: 0 });
    expect(await recordOf()).toEqual([]);
    expect(await createRecordStore(temp.store).all()).toEqual([{ target, action: plan.action, record: [] }]);
    await clock.advance(60_000);
    await shadows.settle(1, 'agreed', 'somebody did the same');
    await createAutonomyControl(temp.store, clock).order({ target, action: plan.action, level: 'suggest', by: 'ann', reason: 'for now' });
    const at = '2026-01-01T00:01:00.000Z';
    expect(await recordOf()).toEqual([
      { kind: 'shadow', incidentId, at, result: 'agreed' },
      { kind: 'order', at, level: 'suggest', by: 'ann', reason: 'for now' },
    ]);
    const entries = await createAuditTrail(temp.store).list({});
    expect(entries.find((entry) => entry.event === 'autonomy-ordered')).toMatchObject({
      actor: 'ann',
      detail: { target, action: plan.action, level: 'suggest', reason: 'for now' },
    });
  });

  it('is kept apart by service and action, and listed by name', async () => {
    const control = createAutonomyControl(temp.store, clock);
    for (const [service, action] of [
      ['cart', 'stop-task'],
      ['cart', 'scale-service'],
      ['account', 'stop-task'],
    ]) {
      await control.order({ target: `ecs:shop/${service}`, action: action ?? '', level: null, by: 'ann', reason: 'r' });
    }
    const records = createRecordStore(temp.store);
    expect((await records.all()).map((one) => [one.target, one.action, one.record.length])).toEqual([
      ['ecs:shop/account', 'stop-task', 1],
      ['ecs:shop/cart', 'scale-service', 1],
      ['ecs:shop/cart', 'stop-task', 1],
    ]);
    expect(await records.of('ecs:shop/cart', 'roll-back-deployment')).toEqual([]);
  });

  it('stands where it stood after a restart', async () => {
    const settings = { on: true, start: 'approve', successes: 3 } as const;
    for (let count = 0; count < 3; count += 1) {
      await changed('recovered');
      await clock.advance(2 * 86_400_000);
    }
    const before = standingOf(await recordOf(), settings);
    expect(before.level).toBe('auto');
    expect(standingOf(await recordOf(await temp.openAgain()), settings)).toEqual(before);
    await changed('harmed', 'escalated');
    expect(standingOf(await recordOf(await temp.openAgain()), settings).level).toBe('suggest');
  });
});
