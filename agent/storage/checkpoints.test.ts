import { Command, interrupt, START, StateGraph } from '@langchain/langgraph';
import { emptyCheckpoint, uuid6 } from '@langchain/langgraph-checkpoint';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InvariantError, StoreError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import { initialState } from '../graph/state.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { engines } from '../testing/engines.ts';
import { buildNoOpGraph } from '../testing/no-op-graph.ts';
import { badDeploymentCured } from '../testing/scenes.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createWorld, fakeAction } from '../testing/world.ts';
import { openCheckpoints } from './checkpoints.ts';
import { rows } from './steps.ts';

const { start } = agentsOfTest();

describe.each(engines)('checkpoints on %s', (engine) => {
  let temp: TempStore;
  beforeEach(async () => {
    temp = await openTempStore({ engine });
  });
  afterEach(() => temp.remove());

  const thread = (id: string) => ({ configurable: { thread_id: id } });
  const first = (id: string) => initialState(IncidentId.parse(id));
  const count = async (table: string) => Number((await temp.raw(`select count(*) as n from ${table}`))[0]?.n);
  const tables = engine === 'sqlite' ? ['checkpoints', 'writes'] : ['checkpoints', 'checkpoint_blobs', 'checkpoint_writes'];

  it('are all there for another process once the run has answered', async () => {
    const { saver } = await openCheckpoints(temp.store);
    await buildNoOpGraph(saver).invoke(first('i'), { ...thread('t'), durability: 'sync' });
    const other = buildNoOpGraph((await openCheckpoints(await temp.openAgain())).saver);
    expect(await other.getState(thread('t'))).toMatchObject({ next: [], values: { incidentId: 'i', looks: 5 } });
    const steps: unknown[] = [];
    for await (const { metadata } of other.getStateHistory(thread('t'))) steps.push(metadata?.step);
    expect(steps).toEqual([5, 4, 3, 2, 1, 0, -1]);
  });

  it('of many runs at once do not mix', async () => {
    const graph = buildNoOpGraph((await openCheckpoints(temp.store)).saver);
    const ids = Array.from({ length: 40 }, (_, n) => `run-${n}`);
    await Promise.all(ids.map((id) => graph.invoke(first(id), { ...thread(id), durability: 'sync' })));
    for (const id of ids) expect((await graph.getState(thread(id))).values).toMatchObject({ incidentId: id, looks: 5 });
  });

  it('hold a question over a restart and take its answer', async () => {
    const state = z.object({ answered: z.string().nullable() });
    const graphOn = async (store: typeof temp.store) =>
      new StateGraph(state)
        .addNode('approval', () => ({ answered: interrupt<string, string>('may I?') }))
        .addEdge(START, 'approval')
        .compile({ checkpointer: (await openCheckpoints(store)).saver });
    await (await graphOn(temp.store)).invoke({ answered: null }, { ...thread('t'), durability: 'sync' });
    const again = await graphOn(await temp.openAgain());
    const waiting = await again.getState(thread('t'));
    const question = waiting.tasks[0]?.interrupts[0];
    expect(question?.value).toBe('may I?');
    await again.invoke(new Command({ resume: { [String(question?.id)]: 'yes' } }), { ...thread('t'), durability: 'sync' });
    expect((await again.getState(thread('t'))).values).toEqual({ answered: 'yes' });
  });

  it('of a deleted thread are gone, and only those', async () => {
    const { saver } = await openCheckpoints(temp.store);
    const graph = buildNoOpGraph(saver);
    for (const id of ['gone', 'kept']) await graph.invoke(first(id), { ...thread(id), durability: 'sync' });
    const before = await Promise.all(tables.map(count));
    await saver.deleteThread('gone');
    expect(await Promise.all(tables.map(count))).toEqual(before.map((rows) => rows / 2));
    expect((await graph.getState(thread('kept'))).values).toMatchObject({ incidentId: 'kept' });
  });

  it('are refused when the guard says so, while others of the same moment are kept', async () => {
    const { store } = temp;
    const asked = store.db.selectFrom('setting').select('value').where('key', '=', 'refused');
    const { saver } = await openCheckpoints(store, {
      *guard(config) {
        const [refused] = yield* rows(asked);
        if (refused?.value === config.configurable?.thread_id) throw new InvariantError('not yours any more');
      },
    });
    const graph = buildNoOpGraph(saver);
    await store.db.insertInto('setting').values({ key: 'refused', value: 'lost', updated_at: '' }).execute();
    const ends = await Promise.allSettled(
      ['lost', 'mine'].map((id) => graph.invoke(first(id), { ...thread(id), durability: 'sync' as const })),
    );
    expect(ends[0]).toMatchObject({ status: 'rejected', reason: expect.any(InvariantError) });
    expect(ends[1]).toMatchObject({ status: 'fulfilled' });
    expect((await graph.getState(thread('lost'))).createdAt).toBeUndefined();
    expect((await graph.getState(thread('mine'))).values).toMatchObject({ looks: 5 });
  });

  it('say with an error of the store that they could not be kept', async () => {
    const { saver } = await openCheckpoints(temp.store);
    const checkpoint = { ...emptyCheckpoint(), id: uuid6(0) };
    const put = () => saver.put(thread('t'), checkpoint, { source: 'input', step: -1, parents: {} }, {});
    await put();
    await temp.store.close();
    await expect(put()).rejects.toThrow(StoreError);
  });
});

describe('a node that writes what cannot be kept', () => {
  it('loses that step only: the run goes on from the checkpoint before', async () => {
    const world = createWorld(badDeploymentCured);
    const sound = fakeAction(world, { id: 'roll-back-deployment', cures: ['bad-deployment'], undoable: true });
    let bad = 1;
    const { alert, closed, timeline } = await start(world, {
      catalog: [
        {
          ...sound,
          async plan(params, signal) {
            const plan = await sound.plan(params, signal);
            if ('notPossible' in plan || bad-- <= 0) return plan;
            return { ...plan, blastRadius: { ...plan.blastRadius, tasks: Number.NaN } };
          },
        },
      ],
      // The trail refuses such a value as well, and would be first: let it through there.
      deps: (deps) => ({
        ...deps,
        trail: { ...deps.trail, append: async (entry) => deps.trail.append(JSON.parse(JSON.stringify(entry))) },
      }),
    });
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('fixed');
    expect(world.effects).toHaveLength(1);
    const rows = await timeline(incident);
    expect(rows.filter((row) => row.event === 'run-failed').map((row) => row.detail.reason)).toEqual([
      expect.stringContaining('"tasks", which JSON would lose'),
    ]);
    expect(rows.filter((row) => row.event === 'run-resumed')).toHaveLength(1);
    expect(rows.filter((row) => row.event === 'diagnosis')).toHaveLength(1);
  });
});
