import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AuditTrail } from '../audit/trail.ts';
import type { Clock } from '../domain/clock.ts';
import { InvariantError, LeaseLostError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import type { Outcome, Plan } from '../domain/plan.ts';
import type { GateResult } from '../domain/verdict.ts';
import { createActionStore } from '../storage/action-store.ts';
import { createAuditTrail } from '../storage/audit-trail.ts';
import { createIncidentStore } from '../storage/incident-store.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { holdOn } from '../testing/hold.ts';
import { planOf } from '../testing/plan.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import type { Action } from './action.ts';
import type { ActionStore } from './action-store.ts';
import { createLedger } from './ledger.ts';

const signal = new AbortController().signal;
const undoable: Plan = planOf({ undo: { kind: 'restore', summary: 'put it back' } });

/** What one call to the world does: `yes` and `no` are answered; `lost` lands and `dropped` does not, both without an answer. */
type Fate = 'yes' | 'no' | 'lost' | 'dropped';

/** A world without any compare-and-set of its own: every call that arrives takes effect, `delayMs` after it was sent. */
function createWorld(clock: Clock, fate: (call: number) => Fate = () => 'yes', delayMs = 0) {
  const landings: number[] = [];
  const undone: number[] = [];
  let isReadable = true;
  let calls = 0;
  const send = (into: number[]): Outcome => {
    const what = fate(calls);
    calls += 1;
    if (what === 'yes' || what === 'lost') into.push(clock.now().getTime() + delayMs);
    if (what === 'yes' || what === 'no') return { applied: what, detail: 'answered' };
    return { applied: 'unknown', detail: 'no answer' };
  };
  const see = (from: number[]): Outcome => {
    if (!isReadable) return { applied: 'unknown', detail: 'cannot be read' };
    return from.some((at) => at <= clock.now().getTime()) ? { applied: 'yes', detail: 'seen' } : { applied: 'no', detail: 'not seen' };
  };
  const action: Action = {
    id: 'force-new-deployment',
    title: 'a change in a fake world',
    cures: ['all-tasks-degraded'],
    params: z.record(z.string(), z.unknown()),
    propose: () => ({}),
    plan: () => Promise.resolve(undoable),
    execute: () => Promise.resolve(send(landings)),
    look: () => Promise.resolve(see(landings)),
    undo: () => Promise.resolve(send(undone)),
    lookUndone: () => Promise.resolve(see(undone)),
  };
  return {
    action,
    landings,
    undone,
    get calls() {
      return calls;
    },
    hide: () => {
      isReadable = false;
    },
  };
}

interface Death {
  /** Which outside call of the process it dies at … */
  call: number;
  /** … before it is made, or after it was made and before its answer is used. */
  when: 'before' | 'after';
}

/** A process that dies at one point: from then on none of its calls is made or answered, as after a kill. */
function createProcess(death: Death | undefined) {
  let calls = 0;
  let isDead = false;
  let die: () => void = () => undefined;
  const died = new Promise<'died'>((resolve) => {
    die = () => {
      isDead = true;
      resolve('died');
    };
  });
  const never = () => new Promise<never>(() => undefined);
  function mortal<T extends object>(port: T): T {
    return new Proxy(port, {
      get(from, name) {
        const value: unknown = Reflect.get(from, name);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          if (isDead) return never();
          const call = calls;
          calls += 1;
          if (death?.call === call && death.when === 'before') die();
          if (isDead) return never();
          const answer: unknown = await value.apply(from, given);
          if (death?.call === call) die();
          return isDead ? never() : answer;
        };
      },
    });
  }
  return { mortal, died, count: () => calls };
}

describe('the ledger', () => {
  let temp: TempStore;
  let trail: AuditTrail;
  let store: ActionStore;
  let openIncident: () => Promise<IncidentId>;
  const clock = createFakeClock('2026-01-01T00:00:00.000Z', { autoAdvance: true });

  beforeAll(async () => {
    temp = await openTempStore();
    trail = createAuditTrail(temp.store);
    store = createActionStore(temp.store, clock);
    const incidents = createIncidentStore(temp.store, clock, countingIds('incident'));
    let services = 0;
    openIncident = async () => {
      services += 1;
      const [row] = await incidents.receive([receivedAlert({ target: { resource: { cluster: 'shop', service: `service-${services}` } } })]);
      return IncidentId.parse(row?.incidentId);
    };
  });
  afterAll(() => temp.remove());

  const newChange = async (action: Action) => {
    const incidentId = await openIncident();
    const free = (): Promise<GateResult | null> => Promise.resolve(null);
    return { incidentId, attempt: 1, action, plan: undoable, signal, lease: holdOn(incidentId), stopped: free, mayProceed: free };
  };
  const rowsOf = async (incidentId: string) => (await trail.list({ incidentId })).filter((row) => row.actor === 'remediation');
  const eventsOf = async (incidentId: string) => (await rowsOf(incidentId)).map((row) => row.event);

  it('writes the intent with its undo, makes the change, and writes the outcome', async () => {
    const world = createWorld(clock);
    const change = await newChange(world.action);
    let atTheEffect: string[] = [];
    const action = {
      ...world.action,
      execute: async (...given: Parameters<Action['execute']>) => {
        atTheEffect = await eventsOf(change.incidentId);
        return world.action.execute(...given);
      },
    };
    const { key, outcome } = await createLedger({ store, clock }).apply({ ...change, action });
    expect(outcome).toEqual({ applied: 'yes', detail: 'answered' });
    expect(key).toBe(`${change.incidentId}/1/execute/force-new-deployment/ecs:shop/checkout`);
    expect(atTheEffect).toEqual(['action-intended']);
    expect(await eventsOf(change.incidentId)).toEqual(['action-intended', 'action-finished']);
    expect(await store.get(key)).toMatchObject({ status: 'done', step: 'execute' });
    const [intended] = await rowsOf(change.incidentId);
    expect(intended?.detail).toMatchObject({ key, plan: { undo: undoable.undo } });
  });

  it('answers a repeated and a concurrent call with the first one’s outcome', async () => {
    const world = createWorld(clock);
    const change = await newChange(world.action);
    const ledger = createLedger({ store, clock });
    const together = await Promise.all(Array.from({ length: 10 }, () => ledger.apply(change)));
    const again = await createLedger({ store, clock }).apply(change);
    expect(new Set([...together, again].map(({ outcome }) => JSON.stringify(outcome))).size).toBe(1);
    expect(world.landings).toHaveLength(1);
    expect(await eventsOf(change.incidentId)).toEqual(['action-intended', 'action-finished']);
  });

  it('changes nothing when the last check says stop or cannot be made', async () => {
    const world = createWorld(clock);
    const stopped = {
      ...(await newChange(world.action)),
      mayProceed: async () => ({ gate: 'kill-switch', decision: 'deny', reason: 'it is on' }) as const,
    };
    const blind = { ...(await newChange(world.action)), mayProceed: () => Promise.reject(new Error('cannot read the kill switch')) };
    const ledger = createLedger({ store, clock });
    expect((await ledger.apply(stopped)).outcome).toEqual({
      applied: 'no',
      detail: 'stopped by kill-switch right before the effect: it is on',
    });
    expect((await ledger.apply(blind)).outcome).toMatchObject({
      applied: 'no',
      detail: expect.stringContaining('cannot read the kill switch'),
    });
    expect(world.calls).toBe(0);
    expect(await eventsOf(stopped.incidentId)).toEqual(['action-intended', 'action-finished']);
  });

  it('changes nothing when the intent cannot be written, and makes the change once it can', async () => {
    const world = createWorld(clock);
    const change = await newChange(world.action);
    const full = () => Promise.reject(new Error('disk full'));
    await expect(createLedger({ store: { ...store, intend: full }, clock }).apply(change)).rejects.toThrow('disk full');
    expect(world.calls).toBe(0);
    expect((await createLedger({ store, clock }).apply(change)).outcome.applied).toBe('yes');
    expect(world.landings).toHaveLength(1);
  });

  it('finds out what became of a call whose answer was lost', async () => {
    const ledger = createLedger({ store, clock });
    const late = createWorld(clock, () => 'lost', 4000);
    expect((await ledger.apply(await newChange(late.action))).outcome).toEqual({ applied: 'yes', detail: 'no answer; read back: seen' });
    const dropped = createWorld(clock, () => 'dropped');
    expect((await ledger.apply(await newChange(dropped.action))).outcome.applied).toBe('no');
    expect([late.calls, dropped.calls]).toEqual([1, 1]);
  });

  it('takes an action that throws for a lost answer, and an invariant for a bug', async () => {
    const world = createWorld(clock);
    const throwing = (error: Error): Action => ({ ...world.action, execute: () => Promise.reject(error) });
    const ledger = createLedger({ store, clock });
    expect((await ledger.apply(await newChange(throwing(new Error('boom'))))).outcome).toMatchObject({
      applied: 'no',
      detail: expect.stringContaining('boom'),
    });
    await expect(ledger.apply(await newChange(throwing(new InvariantError('a bug'))))).rejects.toThrow('a bug');
  });

  it('says unknown, and never tries again, when the world stays unreadable', async () => {
    const world = createWorld(clock, () => 'lost');
    world.hide();
    const change = await newChange(world.action);
    const ledger = createLedger({ store, clock });
    const { key, outcome } = await ledger.apply(change);
    expect(outcome.applied).toBe('unknown');
    expect(await store.get(key)).toMatchObject({ status: 'unknown' });
    expect((await ledger.apply(change)).outcome.applied).toBe('unknown');
    expect(world.calls).toBe(1);
  });

  it('does not act on an unfinished intent while the world cannot be read', async () => {
    const world = createWorld(clock);
    const change = await newChange(world.action);
    const first = createProcess({ call: 0, when: 'after' });
    await Promise.race([createLedger({ store: first.mortal(store), clock }).apply(change), first.died]);
    world.hide();
    expect((await createLedger({ store, clock }).apply(change)).outcome.applied).toBe('unknown');
    expect(world.calls).toBe(0);
  });

  describe('of a change made in steps, when a run died after some of them', () => {
    /** A change of three steps; the first run makes one and is stopped. */
    async function leftHalfDone() {
      const world = createWorld(clock);
      let steps = 0;
      const action: Action = {
        ...world.action,
        async execute() {
          steps = 3;
          return { applied: 'yes', detail: '3 of 3' };
        },
        async look() {
          const detail = `${steps} of 3`;
          if (steps === 0) return { applied: 'no', detail };
          return steps < 3 ? { applied: 'yes', detail, isPartial: true } : { applied: 'yes', detail };
        },
      };
      const stop = new AbortController();
      const change = { ...(await newChange(action)), signal: stop.signal };
      const stopped: Action = {
        ...action,
        async execute() {
          steps = 1;
          stop.abort(new Error('draining'));
          return { applied: 'unknown', detail: 'stopped' };
        },
      };
      await expect(createLedger({ store, clock }).apply({ ...change, action: stopped })).rejects.toThrow('draining');
      return { change: { ...change, signal }, stepsMade: () => steps };
    }

    it('goes on with what is left', async () => {
      const { change, stepsMade } = await leftHalfDone();
      expect((await createLedger({ store, clock }).apply(change)).outcome).toEqual({ applied: 'yes', detail: '3 of 3' });
      expect(stepsMade()).toBe(3);
    });

    it('counts as made in part when the rest is not allowed', async () => {
      const { change, stepsMade } = await leftHalfDone();
      const mayProceed = async (): Promise<GateResult> => ({ gate: 'kill-switch', decision: 'deny', reason: 'it is on' });
      const { key, outcome } = await createLedger({ store, clock }).apply({ ...change, mayProceed });
      expect(outcome).toEqual({ applied: 'yes', detail: expect.stringMatching(/^1 of 3; not the rest: .*kill-switch.*it is on/) });
      expect(await store.get(key)).toMatchObject({ status: 'done' });
      expect(stepsMade()).toBe(1);
    });
  });

  it('leaves the row unfinished when the run is stopped, for the next run to read back', async () => {
    const world = createWorld(clock, () => 'lost');
    const stop = new AbortController();
    const change = { ...(await newChange(world.action)), signal: stop.signal };
    const action: Action = {
      ...world.action,
      execute: (...given) => {
        stop.abort(new Error('draining'));
        return world.action.execute(...given);
      },
    };
    await expect(createLedger({ store, clock }).apply({ ...change, action })).rejects.toThrow('draining');
    expect((await createLedger({ store, clock }).apply({ ...change, signal })).outcome.applied).toBe('yes');
    expect(world.landings).toHaveLength(1);
  });

  it('refuses another plan under a key it knows', async () => {
    const world = createWorld(clock);
    const change = await newChange(world.action);
    const ledger = createLedger({ store, clock });
    await ledger.apply(change);
    await expect(ledger.apply({ ...change, plan: planOf({ params: { service: 'cart' } }) })).rejects.toMatchObject({
      code: 'INVARIANT_BROKEN',
    });
    expect(world.landings).toHaveLength(1);
  });

  it('undoes once, under a key of its own, and says why when nothing can be put back', async () => {
    const world = createWorld(clock);
    const change = await newChange(world.action);
    const ledger = createLedger({ store, clock });
    await ledger.apply(change);
    const [one, other] = await Promise.all([ledger.undo(change), ledger.undo(change)]);
    expect(one).toEqual(other);
    expect(one.outcome.applied).toBe('yes');
    expect([world.landings.length, world.undone.length]).toEqual([1, 1]);
    expect(await eventsOf(change.incidentId)).toEqual(['action-intended', 'action-finished', 'undo-intended', 'undo-finished']);
    const none = await ledger.undo({ ...change, plan: planOf() });
    expect(none.outcome).toEqual({ applied: 'no', detail: 'nothing can be put back: a restart has nothing to put back' });
  });

  describe('right before the call', () => {
    /** What the action is told at the last moment, after whatever happened since it began. */
    async function lastWord(change: Awaited<ReturnType<typeof newChange>>, meanwhile: () => Promise<void> | void) {
      let told: string | undefined;
      const action: Action = {
        ...change.action,
        async execute(_, { permit }) {
          const given = await permit();
          if ('refused' in given) told = given.refused;
          else {
            await meanwhile();
            told = given.isValid() ? 'send' : 'too late';
          }
          return { applied: 'no', detail: told };
        },
      };
      const answer = await createLedger({ store, clock }).apply({ ...change, action });
      return { told, ...answer };
    }

    it('a process that stood still for two seconds sends nothing, whatever its lease says', async () => {
      const change = await newChange(createWorld(clock).action);
      expect((await lastWord(change, () => clock.sleep(1_999))).told).toBe('send');
      const late = await newChange(createWorld(clock).action);
      expect((await lastWord(late, () => clock.sleep(2_000))).told).toBe('too late');
    });

    it('a clock that is set does not make a permit longer', async () => {
      const change = await newChange(createWorld(clock).action);
      const back = async () => {
        await clock.sleep(2_000);
        clock.set(new Date(clock.now().getTime() - 3_600_000));
      };
      expect((await lastWord(change, back)).told).toBe('too late');
    });

    it('nothing is sent when the lease ends in between', async () => {
      const change = await newChange(createWorld(clock).action);
      let leftMs = 10;
      const lease = { ...change.lease, leftMs: () => leftMs };
      const ends = () => {
        leftMs = 0;
      };
      expect((await lastWord({ ...change, lease }, ends)).told).toBe('too late');
    });

    it('a run whose incident was claimed by another stops there, and leaves its intent for the other to read back', async () => {
      const change = await newChange(createWorld(clock).action);
      const lease = { ...change.lease, renew: () => Promise.reject(new LeaseLostError(change.incidentId)) };
      await expect(lastWord({ ...change, lease }, () => undefined)).rejects.toThrow(LeaseLostError);
      expect(await store.ofIncident(change.incidentId)).toMatchObject([{ status: 'intended' }]);
    });

    it('the kill switch is read once more, and what cannot be read stops the change', async () => {
      let asked = 0;
      const stopped = async () => {
        asked += 1;
        return { gate: 'kill-switch', decision: 'deny', reason: 'it is on' } as const;
      };
      expect((await lastWord({ ...(await newChange(createWorld(clock).action)), stopped }, () => undefined)).told).toContain('it is on');
      expect(asked).toBe(1);
      const blind = { ...(await newChange(createWorld(clock).action)), stopped: () => Promise.reject(new Error('no answer')) };
      expect((await lastWord(blind, () => undefined)).told).toContain('no answer');
      const cutOff = await newChange(createWorld(clock).action);
      const lease = { ...cutOff.lease, renew: () => Promise.reject(new Error('the store is gone')) };
      expect((await lastWord({ ...cutOff, lease }, () => undefined)).told).toContain('the store is gone');
    });
  });

  describe('when the process dies', () => {
    /** Runs until one life gets through; every life but the last has a death. */
    async function live(deaths: readonly Death[], world: ReturnType<typeof createWorld>, step: 'apply' | 'undo') {
      const change = await newChange(world.action);
      for (const death of [...deaths, undefined]) {
        const life = createProcess(death);
        const ledger = createLedger({ store: life.mortal(store), clock });
        const order = { ...change, action: life.mortal(world.action) };
        const answer = await Promise.race([step === 'apply' ? ledger.apply(order) : ledger.undo(order), life.died]);
        if (answer !== 'died') return { ...answer, incidentId: change.incidentId };
      }
      throw new Error('no life got through');
    }

    const points = Array.from({ length: 3 }, (_, call) => [
      { call, when: 'before' as const },
      { call, when: 'after' as const },
    ]).flat();

    it.each(points)('takes effect once when it dies $when its outside call $call', async (death) => {
      for (const step of ['apply', 'undo'] as const) {
        const world = createWorld(clock);
        const { key, outcome, incidentId } = await live([death], world, step);
        expect(outcome.applied).toBe('yes');
        expect([...world.landings, ...world.undone]).toHaveLength(1);
        expect(await store.get(key)).toMatchObject({ status: 'done' });
        const name = step === 'apply' ? 'action' : 'undo';
        expect(await eventsOf(incidentId)).toEqual([`${name}-intended`, `${name}-finished`]);
      }
    });

    it('takes effect at most once, and knows whether it did, in 400 random histories of deaths, lost answers and late effects', async () => {
      const death = fc.record({ call: fc.nat(8), when: fc.constantFrom('before' as const, 'after' as const) });
      const history = fc.record({
        deaths: fc.array(death, { maxLength: 5 }),
        fates: fc.array(fc.constantFrom<Fate>('yes', 'lost', 'dropped', 'no'), { minLength: 1, maxLength: 4 }),
        delayMs: fc.nat(5000),
        step: fc.constantFrom('apply' as const, 'undo' as const),
      });
      let applied = 0;
      await fc.assert(
        fc.asyncProperty(history, async ({ deaths, fates, delayMs, step }) => {
          const world = createWorld(clock, (call) => fates[call % fates.length] ?? 'yes', delayMs);
          const { key, outcome, incidentId } = await live(deaths, world, step);
          const effects = world.landings.length + world.undone.length;
          expect(effects).toBe(outcome.applied === 'yes' ? 1 : 0);
          expect((await store.get(key))?.status).toBe(outcome.applied === 'yes' ? 'done' : 'failed');
          expect((await eventsOf(incidentId)).length).toBe(2);
          applied += effects;
        }),
        { numRuns: 400, seed: 20_260_101 },
      );
      expect(applied).toBeGreaterThan(100);
      expect(await trail.verify()).toMatchObject({ brokenAt: null });
    });
  });
});
