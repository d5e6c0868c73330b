import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LeaseLostError } from '../../domain/errors.ts';
import { ActionKey, IncidentId } from '../../domain/ids.ts';
import type { Outcome } from '../../domain/plan.ts';
import type { GateResult } from '../../domain/verdict.ts';
import { createActionStore } from '../../storage/action-store.ts';
import { createAuditTrail } from '../../storage/audit-trail.ts';
import { createIncidentStore } from '../../storage/incident-store.ts';
import { createPutBackStore } from '../../storage/put-back-store.ts';
import type { OpenStore } from '../../storage/store.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { engines } from '../../testing/engines.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { holdOn } from '../../testing/hold.ts';
import { planOf } from '../../testing/plan.ts';
import { receivedAlert } from '../../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../../testing/temp-store.ts';
import type { Action, Effect } from '../action.ts';
import { createLedger } from '../ledger.ts';
import { createPutBackLoop, type PutBackCheck } from './put-back.ts';

const hourMs = 3_600_000;
const before = 3;
const raised = 4;
const plan = planOf({
  action: 'scale-service',
  undo: { kind: 'restore', summary: 'back to 3' },
  putBack: { afterSeconds: 3600, summary: 'back to 3 tasks after an hour' },
});
const signal = new AbortController().signal;
const logger = createLogger('silent');

describe.each(engines)('a change that was meant for a time only, on %s', (engine) => {
  let temp: TempStore;
  let clock: ReturnType<typeof createFakeClock>;
  let incidentId: IncidentId;
  /** The world: what the service has, which calls arrived, and what is wrong with the next. */
  let count: number;
  let calls: number[];
  let trouble: 'none' | 'throttled' | 'lost' | 'dies' | 'dies-before';
  let readable: boolean;
  let blindAfterCall: boolean;
  let against: GateResult | null;

  beforeEach(async () => {
    temp = await openTempStore({ engine });
    // The lease and the due time are the database's own on PostgreSQL, so the test's time runs beside the real one.
    clock = createFakeClock(new Date(Date.now() - 3 * hourMs).toISOString(), { autoAdvance: true });
    [count, calls, trouble, readable, blindAfterCall, against] = [before, [], 'none', true, false, null];
    const incidents = incidentsOn(temp.store);
    const [row] = await incidents.receive([receivedAlert({ target: { resource: plan.target } })]);
    incidentId = IncidentId.parse(row?.incidentId);
  });
  afterEach(() => temp.remove());

  const incidentsOn = (store: OpenStore) => createIncidentStore(store, clock, countingIds('incident'));
  const seen = (is: boolean): Outcome =>
    readable
      ? { applied: is ? 'yes' : 'no', detail: `the desired count is ${count}` }
      : { applied: 'unknown', detail: 'the service could not be read' };

  async function set(to: number, effect: Effect): Promise<Outcome> {
    const permit = await effect.permit();
    if ('refused' in permit) return { applied: 'no', detail: permit.refused };
    if (trouble === 'dies-before') throw new LeaseLostError('killed before the call');
    if (trouble === 'throttled') return { applied: 'no', detail: 'ThrottlingException: refused' };
    calls.push(to);
    count = to;
    readable = !blindAfterCall;
    if (trouble === 'dies') throw new LeaseLostError('killed after the call');
    return trouble === 'lost' ? { applied: 'unknown', detail: 'no answer' } : { applied: 'yes', detail: `set to ${to}` };
  }
  const action: Action = {
    id: 'scale-service',
    title: 'a change in a fake world',
    cures: ['overload'],
    params: z.record(z.string(), z.unknown()),
    propose: () => ({}),
    plan: async () => plan,
    execute: (_plan, effect) => set(raised, effect),
    look: async () => seen(count === raised),
    undo: (_plan, effect) => set(before, effect),
    lookUndone: async () => seen(count === before),
  };

  function replica(store: OpenStore = temp.store, owner = 'one', check: PutBackCheck = async () => against) {
    const actions = createActionStore(store, clock);
    const ledger = createLedger({ store: actions, clock });
    const owed = createPutBackStore(store, clock);
    const catalog = [action];
    const metrics = createMetrics(async () => ({}));
    return {
      actions,
      ledger,
      owed,
      loop: createPutBackLoop({ owner, store: owed, actions, ledger, catalog, check, clock, logger, metrics }),
    };
  }

  async function change(stopped: () => Promise<GateResult | null> = async () => null) {
    const order = { incidentId, attempt: 1, action, plan, signal, lease: holdOn(incidentId), stopped };
    return replica().ledger.apply({ ...order, mayProceed: stopped });
  }
  const close = () => incidentsOn(temp.store).close('fixed', 'good again', incidentId);
  /** Past the due time by the test's clock and by the database's, and not yet a day past it. */
  async function due() {
    clock.set(new Date(Date.now() + 1000));
    const aMinuteAgo = new Date(Date.now() - 60_000).toISOString();
    await temp.raw(`update put_back set due_at = '${aMinuteAgo}', next_at = '${aMinuteAgo}'`);
  }
  /** The pause after a try, or the lease of a dead process, is over. */
  const later = () =>
    temp.raw(`update put_back set next_at = '2020-01-01T00:00:00.000Z', lease_until = '2020-01-01T00:00:00.000Z' where state = 'waiting'`);
  const row = async () => (await temp.raw('select state, reason, tries from put_back'))[0];
  const undos = async () => (await replica().actions.ofIncident(incidentId)).filter(({ step }) => step === 'undo');

  it('is put back once its time and its incident are over, once, with both told in the trail', async () => {
    const { loop } = replica();
    await change();
    await loop.round();
    await due();
    await loop.round();
    expect(calls).toEqual([raised]);
    await close();
    await loop.round();
    await loop.round();
    expect(calls).toEqual([raised, before]);
    expect(await row()).toMatchObject({ state: 'done' });
    const told = (await createAuditTrail(temp.store).list({ incidentId })).map(({ event }) => event);
    expect(told.filter((event) => event.startsWith('put-back') || event.startsWith('undo'))).toEqual([
      'put-back-owed',
      'undo-intended',
      'undo-finished',
      'put-back-settled',
    ]);
    expect((await createAuditTrail(temp.store).verify()).brokenAt).toBeNull();
  });

  it('is not owed when the change was refused', async () => {
    await change(async () => ({ gate: 'kill-switch', decision: 'deny', reason: 'on' }));
    expect(await row()).toBeUndefined();
  });

  it('is owed once when the change is first unknown and then seen', async () => {
    const { actions } = replica();
    const key = ActionKey.parse(`${incidentId}/1/execute/scale-service/x`);
    await actions.intend({ key, incidentId, step: 'execute', plan }, holdOn(incidentId));
    await actions.finish(key, 'unknown', 'no answer', holdOn(incidentId));
    await actions.finish(key, 'done', 'seen', holdOn(incidentId));
    expect(await temp.raw('select key from put_back')).toHaveLength(1);
  });

  it('is done without a call when it was undone within its incident', async () => {
    await change();
    const { ledger, loop } = replica();
    await ledger.undo({ incidentId, attempt: 1, action, plan, signal, lease: holdOn(incidentId), stopped: async () => null });
    count = 9;
    await close();
    await due();
    await loop.round();
    expect(calls).toEqual([raised, before]);
    expect(await row()).toMatchObject({ state: 'done', reason: 'set to 3' });
  });

  it('is given up, and said so, when somebody changed the service since', async () => {
    await change();
    await close();
    await due();
    count = 7;
    await replica().loop.round();
    expect(calls).toEqual([raised]);
    expect(await row()).toMatchObject({ state: 'given-up', reason: 'somebody changed it since: the desired count is 7' });
  });

  it('is done when somebody has put it back already', async () => {
    await change();
    await close();
    await due();
    count = before;
    await replica().loop.round();
    expect(calls).toEqual([raised]);
    expect(await row()).toMatchObject({ state: 'done' });
  });

  it('waits while the policy stops it, and goes on when it no longer does', async () => {
    await change();
    await close();
    await due();
    against = { gate: 'kill-switch', decision: 'deny', reason: 'The kill switch is on.' };
    const { loop } = replica();
    await loop.round();
    expect(await row()).toMatchObject({ state: 'waiting', reason: 'The kill switch is on.' });
    expect(await undos()).toEqual([]);
    against = null;
    await later();
    await loop.round();
    expect(calls).toEqual([raised, before]);
  });

  it('waits when the switch is turned between the look and the call, and tries again as another change', async () => {
    await change();
    await close();
    await due();
    let asked = 0;
    const { loop: turning } = replica(temp.store, 'one', async () => {
      asked += 1;
      return asked > 2 ? { gate: 'kill-switch', decision: 'deny', reason: 'on by now' } : null;
    });
    await turning.round();
    expect(calls).toEqual([raised]);
    expect((await row())?.reason).toContain('on by now');
    await later();
    await replica().loop.round();
    expect(calls).toEqual([raised, before]);
    expect((await undos()).map(({ key, status }) => [key.split('/').at(-1), status])).toEqual([
      ['put-back-1', 'failed'],
      ['put-back-2', 'done'],
    ]);
  });

  it('is given up a day after it was due', async () => {
    await change();
    await close();
    await due();
    await temp.raw(`update put_back set due_at = '2020-01-01T00:00:00.000Z'`);
    against = { gate: 'freeze-window', decision: 'deny', reason: 'Changes are frozen.' };
    await replica().loop.round();
    expect(calls).toEqual([raised]);
    expect((await row())?.state).toBe('given-up');
    expect((await row())?.reason).toContain('Changes are frozen.');
  });

  it('is tried again after a refused call', async () => {
    await change();
    await close();
    await due();
    trouble = 'throttled';
    const { loop } = replica();
    await loop.round();
    expect(await row()).toMatchObject({ state: 'waiting', reason: 'ThrottlingException: refused' });
    trouble = 'none';
    await later();
    await loop.round();
    expect(calls).toEqual([raised, before]);
    expect(await row()).toMatchObject({ state: 'done' });
  });

  it('waits while the service cannot be read', async () => {
    await change();
    await close();
    await due();
    readable = false;
    await replica().loop.round();
    expect(await row()).toMatchObject({ state: 'waiting', reason: 'the service could not be read' });
    expect(await undos()).toEqual([]);
  });

  it('waits, and is given up after a day, when it cannot be worked on at all', async () => {
    await change();
    await close();
    await due();
    const { loop } = replica(temp.store, 'one', async () => {
      throw new Error('out of its mind');
    });
    await loop.round();
    expect(await row()).toMatchObject({ state: 'waiting', reason: 'out of its mind' });
    await later();
    await temp.raw(`update put_back set due_at = '2020-01-01T00:00:00.000Z'`);
    await loop.round();
    expect((await row())?.state).toBe('given-up');
    expect(calls).toEqual([raised]);
  });

  it('is not sent again when its answer was lost and nothing could be read', async () => {
    await change();
    await close();
    await due();
    trouble = 'lost';
    const { loop } = replica();
    blindAfterCall = true;
    await loop.round();
    expect((await undos()).map(({ status }) => status)).toEqual(['unknown']);
    readable = true;
    await later();
    await loop.round();
    expect(calls).toEqual([raised, before]);
    expect((await undos()).map(({ status }) => status)).toEqual(['done']);
    expect(await row()).toMatchObject({ state: 'done' });
  });

  it.each([
    ['after its call', 'dies'],
    ['before its call', 'dies-before'],
  ] as const)('is put back once when the process dies %s and another takes over', async (_name, death) => {
    await change();
    await close();
    await due();
    trouble = death;
    await replica().loop.round();
    expect((await undos()).map(({ status }) => status)).toEqual(['intended']);
    trouble = 'none';
    const other = replica(await temp.openAgain(), 'two');
    await other.loop.round();
    expect((await undos()).map(({ status }) => status)).toEqual(['intended']);
    await later();
    await other.loop.round();
    expect(calls).toEqual([raised, before]);
    expect((await undos()).map(({ status }) => status)).toEqual(['done']);
    expect(await row()).toMatchObject({ state: 'done' });
  });

  it('is worked on by one of two replicas that look at the same moment', async () => {
    await change();
    await close();
    await due();
    const other = replica(await temp.openAgain(), 'two');
    await Promise.all([replica().loop.round(), other.loop.round()]);
    expect(calls).toEqual([raised, before]);
    expect(await undos()).toHaveLength(1);
  });

  it('keeps who was overtaken from writing', async () => {
    await change();
    await close();
    await due();
    const { owed, actions } = replica();
    const stale = await owed.claim('one', 60_000);
    await later();
    const current = await owed.claim('two', 60_000);
    if (!stale || !current) expect.unreachable();
    expect(await owed.renew(stale.fence, 60_000)).toBe(false);
    await expect(owed.settle(stale.fence, 'done', 'late')).rejects.toThrow(LeaseLostError);
    await expect(owed.postpone(stale.fence, 'late', 1, false)).rejects.toThrow(LeaseLostError);
    const key = ActionKey.parse(`${current.owed.key}/put-back-1`);
    await expect(actions.intend({ key, incidentId, step: 'undo', plan }, stale.fence)).rejects.toThrow(LeaseLostError);
    expect(await owed.renew(current.fence, 60_000)).toBe(true);
    await owed.settle(current.fence, 'given-up', 'enough');
    await expect(actions.intend({ key, incidentId, step: 'undo', plan }, current.fence)).rejects.toThrow(LeaseLostError);
  });

  it('is counted while it waits', async () => {
    const { owed } = replica();
    expect(await owed.waiting()).toEqual({ count: 0, oldestDueAt: null });
    await change();
    expect(await owed.waiting()).toEqual({ count: 1, oldestDueAt: expect.stringMatching(/Z$/) });
  });
});
