import { readFileSync } from 'node:fs';
import type { Checkpoint, CheckpointMetadata } from '@langchain/langgraph-checkpoint';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../domain/errors.ts';
import type { AgentOptions, TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeployment, badDeploymentCured } from '../testing/scenes.ts';
import { createWorld } from '../testing/world.ts';
import type { NodeDependencies } from './dependencies.ts';
import { graphVersion } from './graph.ts';

const { start } = agentsOfTest();

describe('a run that fails', () => {
  it('goes to a human after three failures in a row, while other incidents are healed', async () => {
    const { alert, closed, world, timeline } = await start(badDeploymentCured, {
      deps: (deps) => ({
        ...deps,
        evidence: {
          ...deps.evidence,
          async save(fence, evidence) {
            const incident = await deps.incidents.get(fence.incidentId);
            if (incident?.resource.service === 'payment') throw new Error('the disk ate it');
            await deps.evidence.save(fence, evidence);
          },
        },
      }),
    });
    const poisoned = await alert('payment');
    const other = await alert('checkout');
    expect((await closed(other)).outcome).toBe('fixed');
    const incident = await closed(poisoned);
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: 'the run failed 3 times, last: the disk ate it' });
    expect((await timeline(incident)).map((row) => row.event)).toEqual([
      'incident-opened',
      'run-failed',
      'run-resumed',
      'run-failed',
      'run-resumed',
      'run-failed',
      'escalated',
    ]);
    expect(world.effects).toHaveLength(1);
  });

  it('is remembered over a restart', async () => {
    const world = createWorld(badDeploymentCured);
    const broken: Partial<AgentOptions> = {
      deps: (deps) => ({ ...deps, evidence: { ...deps.evidence, save: () => Promise.reject(new Error('the disk ate it')) } }),
    };
    const first = await start(world, broken);
    const opened = await first.alert('checkout');
    const failures = async (agent: TestAgent) => (await agent.timeline(opened)).filter((row) => row.event === 'run-failed');
    await first.until(async () => (await failures(first)).length === 2);
    await first.stop();
    const second = await start(world, { ...broken, clock: first.clock });
    expect((await second.closed(opened)).outcomeReason).toBe('the run failed 3 times, last: the disk ate it');
    expect((await failures(second)).map((row) => row.detail.count)).toEqual([1, 2, 3]);
  });

  it('after another step has been made begins to count anew', async () => {
    let troubles = 0;
    const { alert, closed, timeline } = await start(badDeploymentCured, {
      deps: (deps) => ({
        ...deps,
        trail: {
          ...deps.trail,
          async append(entry) {
            // Twice in each of three nodes: never three times in a row.
            if (['diagnosis', 'audited', 'verdict'].includes(entry.event) && troubles++ % 3 < 2) throw new Error('not now');
            await deps.trail.append(entry);
          },
        },
      }),
    });
    const incident = await closed(await alert('checkout'));
    expect(incident.outcome).toBe('fixed');
    const counts = (await timeline(incident)).filter((row) => row.event === 'run-failed').map((row) => row.detail.count);
    expect(counts).toEqual([1, 2, 1, 2, 1, 2]);
  });

  it('is not given up while nothing can be recorded, and goes on when the store is back', async () => {
    let isDown = false;
    const { alert, closed, world, until, clock } = await start(badDeploymentCured, {
      deps: (deps) => ({ ...deps, incidents: failingWhile(deps.incidents, () => isDown), trail: failingWhile(deps.trail, () => isDown) }),
    });
    const opened = await alert('checkout');
    await until(() => world.effects.length === 1);
    isDown = true;
    await clock.advance(120_000);
    isDown = false;
    expect((await closed(opened)).outcome).toBe('fixed');
    expect(world.effects).toHaveLength(1);
  });

  it('is not given up however often the store could not take what it wrote', async () => {
    let refused = 0;
    const { alert, closed, timeline } = await start(badDeploymentCured, {
      deps: (deps) => ({
        ...deps,
        evidence: {
          ...deps.evidence,
          async save(fence, evidence) {
            refused += 1;
            if (refused <= 5) throw new StoreError('the disk is full');
            await deps.evidence.save(fence, evidence);
          },
        },
      }),
    });
    const opened = await alert('checkout');
    expect((await closed(opened)).outcome).toBe('fixed');
    expect((await timeline(opened)).some((row) => row.event === 'run-failed')).toBe(false);
  });

  it('leaves no change behind that looks in flight for ever', async () => {
    let isBroken = false;
    const { alert, closed, until, world, actions } = await start(badDeploymentCured, {
      deps: (deps) => ({
        ...deps,
        evidence: {
          ...deps.evidence,
          async save(fence, evidence) {
            if (isBroken) throw new Error('no more evidence');
            await deps.evidence.save(fence, evidence);
          },
        },
      }),
    });
    const opened = await alert('checkout');
    await until(() => world.effects.length === 1);
    isBroken = true;
    const incident = await closed(opened);
    expect(incident.outcome).toBe('escalated');
    expect(await actions.ofIncident(incident.id)).toMatchObject([{ status: 'done', verified: 'unproven' }]);
  });
});

describe('a lease', () => {
  it('that was lost stops the run, and the incident ends under its new owner with one effect', async () => {
    const world = createWorld(badDeploymentCured);
    let isLost = false;
    const first = await start(world, {
      deps: (deps) => ({
        ...deps,
        incidents: {
          ...deps.incidents,
          renewAll: async (owner, leaseMs) => (isLost ? [] : deps.incidents.renewAll(owner, leaseMs)),
          claim: async (...asked) => (isLost ? [] : deps.incidents.claim(...asked)),
        },
      }),
    });
    const opened = await first.alert('checkout');
    await first.until(() => world.effects.length === 1);
    isLost = true;
    await first.until(() => first.logged.some((line) => line.includes('lease lost')));
    const asked = world.questions;
    await first.clock.advance(60_000);
    expect(world.questions).toBe(asked);
    expect((await first.timeline(opened)).some((row) => row.event === 'run-failed')).toBe(false);

    const second = await start(world, { clock: first.clock });
    expect((await second.closed(opened)).outcome).toBe('fixed');
    expect(world.effects).toHaveLength(1);
  });

  it('ends, without a failure, when somebody else closes the incident', async () => {
    const { alert, until, world, incidents, timeline, logged, clock } = await start(badDeploymentCured);
    const opened = await alert('checkout');
    await until(() => world.effects.length === 1);
    await incidents.close('escalated', 'somebody took it', opened.id);
    await until(() => logged.some((line) => line.includes('lease lost') || line.includes('held elsewhere')));
    const asked = world.questions;
    await clock.advance(60_000);
    expect(world.questions).toBe(asked);
    expect(await incidents.get(opened.id)).toMatchObject({ outcome: 'escalated', outcomeReason: 'somebody took it' });
    expect((await timeline(opened)).some((row) => row.event === 'run-failed')).toBe(false);
  });

  it('is renewed for all runs by one statement', async () => {
    let renewals = 0;
    const { alert, until, world, clock } = await start(badDeploymentCured, {
      policy: {
        actionBudget: { changes: 100, perSeconds: 600 },
        clusterBudget: { changes: 100, perSeconds: 600 },
        fleetBudget: { changes: 100, perSeconds: 600 },
      },
      deps: (deps) => ({
        ...deps,
        incidents: {
          ...deps.incidents,
          renewAll: (...asked) => {
            renewals += 1;
            return deps.incidents.renewAll(...asked);
          },
        },
      }),
    });
    for (const cluster of ['a', 'b', 'c', 'd', 'e']) await alert('checkout', 'HighErrorRatio', cluster);
    await until(() => world.effects.length === 5);
    renewals = 0;
    await clock.advance(15_000);
    expect(renewals).toBe(3);
  });

  it('that was left behind is given up, and the incident is worked on', async () => {
    const { alert, closed } = await start(badDeploymentCured, {
      deps: (deps) => {
        let lost = 1;
        return {
          ...deps,
          incidents: {
            ...deps.incidents,
            // The claim lands, and its answer gets lost.
            async claim(...asked) {
              const claimed = await deps.incidents.claim(...asked);
              if (claimed.length > 0 && lost-- > 0) throw new StoreError('the connection broke');
              return claimed;
            },
          },
        };
      },
    });
    expect((await closed(await alert('checkout'))).outcome).toBe('fixed');
  });

  it('is not taken from a process that lives, however long the run takes', async () => {
    const world = createWorld(badDeployment);
    const first = await start(world);
    const second = await start(world, { clock: first.clock });
    const opened = await first.alert('checkout');
    await first.closed(opened);
    const resumed = (await second.timeline(opened)).filter((row) => row.event === 'run-resumed');
    expect(resumed).toEqual([]);
    expect(world.effects.map((effect) => effect.step)).toEqual(['execute', 'undo']);
  });
});

describe('stopping', () => {
  it('in the middle of a verification is done by its deadline, and the next process finishes', async () => {
    const world = createWorld(badDeploymentCured);
    const first = await start(world);
    const opened = await first.alert('checkout');
    await first.until(() => world.effects.length === 1);
    await first.clock.advance(60_000);
    const before = first.clock.now().getTime();
    await first.stop(20_000);
    expect(first.clock.now().getTime() - before).toBeLessThanOrEqual(25_000);

    const second = await start(world, { clock: first.clock });
    const incident = await second.closed(opened);
    expect(incident.outcome).toBe('fixed');
    expect(world.effects).toHaveLength(1);
    const rows = await second.timeline(opened);
    expect(rows.filter((row) => row.event === 'run-resumed').map((row) => row.detail.next)).toEqual([['verification']]);
    expect(rows.some((row) => row.event === 'run-failed')).toBe(false);
  });

  it('lets the node that is at work finish and hands the lease back at once', async () => {
    const world = createWorld(badDeploymentCured);
    const held = Promise.withResolvers<void>();
    let isHeld = false;
    const first = await start(world, {
      deps: (deps) => ({
        ...deps,
        trail: {
          ...deps.trail,
          async append(entry) {
            isHeld = entry.event === 'audited';
            if (isHeld) await held.promise;
            await deps.trail.append(entry);
          },
        },
      }),
    });
    const opened = await first.alert('checkout');
    await first.until(() => isHeld);
    const stopping = first.stop(20_000);
    held.resolve();
    await stopping;
    const second = await start(world, { clock: first.clock });
    await second.until(() => world.effects.length === 1);
    const rows = await second.timeline(opened);
    expect(rows.filter((row) => row.event === 'audited')).toHaveLength(1);
    expect(rows.filter((row) => row.event === 'run-resumed').map((row) => row.detail.next)).toEqual([['decision']]);
    expect((await second.closed(opened)).outcome).toBe('fixed');
  });

  it('is quick when nothing runs', async () => {
    const { stop, clock } = await start(badDeployment);
    const before = clock.now().getTime();
    await stop(20_000);
    expect(clock.now().getTime() - before).toBeLessThan(2000);
  });
});

it('hands over a run of another version of the graph instead of ending it silently', async () => {
  const { alert, closed, world, timeline } = await start(badDeploymentCured, { opensWithVersion: '0' });
  const incident = await closed(await alert('checkout'));
  expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('graph version 0') });
  expect((await timeline(incident)).at(-1)).toMatchObject({ event: 'escalated', actor: 'runner' });
  expect(world.effects).toEqual([]);
});

it('hands over a run whose next node has another name by now, instead of taking it for finished', async () => {
  const fixture = JSON.parse(readFileSync(new URL('./fixtures/run-before-a-renamed-node.json', import.meta.url), 'utf8')) as {
    checkpoint: Checkpoint;
    metadata: CheckpointMetadata;
  };
  let isPlaced = false;
  let place: ((threadId: string) => Promise<void>) | undefined;
  const { alert, closed, world, incidents } = await start(badDeploymentCured, {
    // Nobody claims before the fixture is in its place.
    deps: (deps) => ({
      ...deps,
      incidents: { ...deps.incidents, claim: async (...asked) => (isPlaced ? deps.incidents.claim(...asked) : []) },
    }),
    saver(saver) {
      place = async (thread_id) => {
        await saver.put(
          { configurable: { thread_id, checkpoint_ns: '' } },
          fixture.checkpoint,
          fixture.metadata,
          fixture.checkpoint.channel_versions,
        );
      };
      return saver;
    },
  });
  const opened = await alert('checkout');
  await place?.(`${opened.id}@${graphVersion}`);
  const [earlier] = await incidents.claim('an earlier process', 1000, 1);
  if (!earlier) return expect.unreachable();
  await incidents.release(earlier, false);
  isPlaced = true;
  const incident = await closed(opened);
  expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: 'the run ended without closing the incident' });
  expect(world.effects).toEqual([]);
});
it('starts no run before webhooks have been let past, and is drained while it waits for that', async () => {
  const passed = Promise.withResolvers<void>();
  const { alert, get, closed, clock } = await start(badDeploymentCured, { letPass: () => passed.promise });
  const incident = await alert('checkout');
  await clock.advance(60_000);
  expect((await get(incident)).status).toBe('open');
  passed.resolve();
  expect((await closed(incident)).outcome).toBe('fixed');

  const waiting = await start(badDeploymentCured, {
    letPass: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  });
  await waiting.stop();
  expect(waiting.logged.filter((line) => line.includes('could not look for work'))).toEqual([]);
});

it('works on as many incidents at once as it may, and on the others afterwards', async () => {
  const { alert, closed, world } = await start(badDeploymentCured, {
    runner: { concurrency: 2 },
    policy: {
      actionBudget: { changes: 100, perSeconds: 600 },
      clusterBudget: { changes: 100, perSeconds: 600 },
      fleetBudget: { changes: 100, perSeconds: 600 },
    },
  });
  const incidents = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((cluster) => alert('checkout', 'HighErrorRatio', cluster)));
  for (const incident of incidents) expect((await closed(incident)).outcome).toBe('fixed');
  expect(world.effects.map((effect) => effect.cluster).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

function failingWhile<Port extends NodeDependencies['incidents'] | NodeDependencies['trail']>(port: Port, isDown: () => boolean): Port {
  return new Proxy(port, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        if (isDown()) throw new StoreError('the disk is full');
        return method.apply(target, args);
      };
    },
  });
}
