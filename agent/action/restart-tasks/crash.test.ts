/** A restart of many tasks on the ledger, when the process dies at any of its steps: the next one does the rest, and no task is stopped twice. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IncidentId } from '../../domain/ids.ts';
import { createActionStore } from '../../storage/action-store.ts';
import { createIncidentStore } from '../../storage/incident-store.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { holdOn } from '../../testing/hold.ts';
import { receivedAlert } from '../../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../../testing/temp-store.ts';
import { created, depsOn, planned } from '../action.contract.ts';
import type { Action, Effect } from '../action.ts';
import type { ActionStore } from '../action-store.ts';
import { type EcsServer, runningTask, startEcsServer } from '../ecs/server.contract.ts';
import { createLedger } from '../ledger.ts';
import { restartTasks } from './index.ts';

const clock = createFakeClock('2026-01-02T00:00:00.000Z', { autoAdvance: true });
const never = () => new Promise<never>(() => undefined);

let temp: TempStore;
let store: ActionStore;
let server: EcsServer;
let incidentId: IncidentId;
const ids = countingIds('incident');

beforeAll(async () => {
  temp = await openTempStore();
  store = createActionStore(temp.store, clock);
});
afterAll(() => temp.remove());

beforeEach(async () => {
  server = await startEcsServer();
  Object.assign(server.state, { desired: 6, running: 6, replacement: { lastStatus: 'RUNNING', healthStatus: 'HEALTHY' } });
  server.state.tasks = [1, 2, 3, 4, 5, 6].map((number) => runningTask(number));
  const service = `checkout-${ids()}`;
  const incidents = createIncidentStore(temp.store, clock, ids);
  const [row] = await incidents.receive([receivedAlert({ target: { resource: { cluster: 'shop', service } } })]);
  incidentId = IncidentId.parse(row?.incidentId);
});
afterEach(() => server.close());

/** The action of a process that dies when it asks for that permit or begins that pause, counted from 0; without either it lives. */
function actionOf(death: { permit?: number; pause?: number } = {}): { action: Action; died: Promise<'died'> } {
  let die: (word: 'died') => void = () => undefined;
  const died = new Promise<'died'>((resolve) => {
    die = resolve;
  });
  let [permits, pauses] = [0, 0];
  const sleep = (ms: number, signal?: AbortSignal) => {
    if (pauses++ !== death.pause) return clock.sleep(ms, signal);
    die('died');
    return never();
  };
  const action = created(restartTasks, { ...depsOn(server), clock: { ...clock, sleep } });
  const permitOf = (effect: Effect) => () => {
    if (permits++ !== death.permit) return effect.permit();
    die('died');
    return never();
  };
  return { died, action: { ...action, execute: (plan, effect) => action.execute(plan, { ...effect, permit: permitOf(effect) }) } };
}

const orderOf = async (action: Action, signal = new AbortController().signal) => ({
  incidentId,
  attempt: 1,
  action,
  plan: await planned(actionOf().action, { cluster: 'shop', service: 'checkout' }),
  signal,
  lease: holdOn(incidentId),
  stopped: async () => null,
  mayProceed: async () => null,
});

const stoppedTasks = () => server.changes.map(({ input }) => String(input.task).slice(-1));

describe('a restart in batches of two', () => {
  const deaths = [
    ...[0, 1, 2, 3, 4, 5].map((permit) => ({ permit })),
    // Three looks five seconds apart make the fifteen for which the service must be at full strength.
    ...[0, 1, 2, 3, 4, 5].map((pause) => ({ pause })),
  ];
  it.each(deaths)('goes on where the process died: %j', async (death) => {
    const { action, died } = actionOf(death);
    const order = await orderOf(action);
    expect(await Promise.race([createLedger({ store, clock }).apply(order), died])).toBe('died');
    expect(server.changes.length).toBeLessThan(6);
    const next = actionOf().action;
    const { key, outcome } = await createLedger({ store, clock }).apply({ ...order, action: next });
    expect(outcome).toEqual({ applied: 'yes', detail: '6 of 6 tasks were stopped for a fresh one' });
    expect(stoppedTasks()).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(await store.get(key)).toMatchObject({ status: 'done' });
  });

  it('goes on after a drain in the middle of a pause', async () => {
    const stop = new AbortController();
    const { action } = actionOf();
    const draining: Action = {
      ...action,
      execute: (plan, effect) => {
        let permits = 0;
        const permit = () => {
          permits += 1;
          if (permits === 2) stop.abort(new Error('draining'));
          return effect.permit();
        };
        return action.execute(plan, { ...effect, permit });
      },
    };
    const order = await orderOf(draining, stop.signal);
    await expect(createLedger({ store, clock }).apply(order)).rejects.toThrow('draining');
    expect(stoppedTasks()).toEqual(['1']);
    const { signal } = new AbortController();
    const { outcome } = await createLedger({ store, clock }).apply({ ...order, action: actionOf().action, signal });
    expect(outcome.detail).toContain('6 of 6');
    expect(stoppedTasks()).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('is told from a change that was never begun', async () => {
    const { action, died } = actionOf({ permit: 0 });
    const order = await orderOf(action);
    await Promise.race([createLedger({ store, clock }).apply(order), died]);
    server.state.desired = 7;
    const { outcome } = await createLedger({ store, clock }).apply({ ...order, action: actionOf().action });
    expect(outcome).toMatchObject({ applied: 'no', detail: expect.stringContaining('desired count 6 → 7') });
    expect(server.changes).toEqual([]);
  });
});
