import { afterEach, describe, expect, it } from 'vitest';
import type { IncidentId } from '../domain/ids.ts';
import type { PolicySettings } from '../policy/request.ts';
import { createIncidentStore } from '../storage/incident-store.ts';
import { startAgent, type TestAgent } from '../testing/agent.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { badDeploymentCured } from '../testing/scenes.ts';
import { openTempStore, type TempStore } from '../testing/temp-store.ts';
import { alertStart, createWorld, type World } from '../testing/world.ts';
import { graphVersion } from './graph.ts';

const runner = { leaseMs: 86_400_000 };

describe.each(engines)('replicas on one %s', (engine) => {
  let temp: TempStore | undefined;
  const running: TestAgent[] = [];
  afterEach(async () => {
    for (const agent of running.splice(0)) await agent.stop(1000);
    await temp?.remove();
    temp = undefined;
  });

  async function replicas(count: number, world: World, options: Partial<Parameters<typeof startAgent>[0]> = {}): Promise<TestAgent[]> {
    temp ??= await openTempStore({ engine });
    const fake = createFakeClock(new Date(Date.parse(alertStart) + 5000).toISOString());
    // How long something lasts is real: real queries take longer than the fake clock's seconds.
    const clock = running[0]?.clock ?? { ...fake, monotonicMs: () => performance.now() };
    const started: TestAgent[] = [];
    for (let number = 0; number < count; number += 1) {
      const agent = await startAgent({ path: temp.address, world, clock, ...options, runner: { ...runner, ...options.runner } });
      started.push(agent);
      running.push(agent);
    }
    return started;
  }

  async function stop(agent: TestAgent): Promise<void> {
    running.splice(running.indexOf(agent), 1);
    await agent.stop();
  }

  it('never spend more than one budget when they decide at the same moment, and do spend it', async () => {
    const world = createWorld(badDeploymentCured);
    const incidentsAtOnce = 6;
    let verdicts = 0;
    const all = Promise.withResolvers<void>();
    const agents = await replicas(2, world, {
      runner: { concurrency: incidentsAtOnce / 2 },
      policy: { fleetBudget: { changes: 2, perSeconds: 3600 }, actionBudget: plenty, clusterBudget: plenty, evidenceMaxAgeSeconds: 36_000 },
      // Every incident has been allowed its change before any makes it.
      deps: (deps) => ({
        ...deps,
        trail: {
          ...deps.trail,
          async append(entry) {
            await deps.trail.append(entry);
            if (entry.event !== 'verdict' || entry.detail.kind !== 'change') return;
            verdicts += 1;
            if (verdicts === incidentsAtOnce) all.resolve();
            await all.promise;
          },
        },
      }),
    });
    const [first] = agents;
    if (!first) return expect.unreachable();
    const incidents = [];
    for (let number = 0; number < incidentsAtOnce; number += 1)
      incidents.push(await first.alert('checkout', 'HighErrorRatio', `c${number}`));
    for (const agent of agents) agent.runner.wake();
    const outcomes = [];
    for (const incident of incidents) outcomes.push((await first.closed(incident)).outcome);
    expect(verdicts).toBeGreaterThanOrEqual(incidentsAtOnce);
    expect(world.effects).toHaveLength(2);
    expect(outcomes.filter((outcome) => outcome === 'fixed')).toHaveLength(2);
    const ran = agents.map((agent) => agent.logged.some((line) => line.includes('change finished')));
    expect(ran).toEqual([true, true]);
  });

  it('refill nothing when they are started anew: budgets, cooldowns and breakers', async () => {
    const policy = { fleetBudget: { changes: 1, perSeconds: 3600 } };
    const [before] = await replicas(1, createWorld(badDeploymentCured), { policy });
    if (!before) return expect.unreachable();
    expect((await before.closed(await before.alert('checkout', 'HighErrorRatio', 'c1'))).outcome).toBe('fixed');
    await stop(before);
    const refusals: [string, Partial<PolicySettings>, string?][] = [
      ['fleet-budget', policy],
      ['cooldown', { cooldownSeconds: 36_000 }],
      [
        'circuit-breaker',
        { cooldownSeconds: 0, breaker: { failures: 1, perSeconds: 36_000, openSeconds: 36_000 } },
        "update action set verified = 'not-recovered'",
      ],
    ];
    for (const [gate, settings, past] of refusals) {
      if (past) await temp?.raw(past);
      const world = createWorld(badDeploymentCured);
      const [agent] = await replicas(1, world, { policy: settings, clock: before.clock });
      if (!agent) return expect.unreachable();
      const incident = await agent.closed(await agent.alert('checkout', 'HighErrorRatio', 'c1'));
      expect(`${incident.outcome}: ${incident.outcomeReason}`).toMatch(new RegExp(`^escalated: .*${gate}`));
      expect(world.effects).toEqual([]);
      await stop(agent);
    }
  });

  it('count the troubles of all of them for the mass-failure brake', async () => {
    const never = Promise.withResolvers<never>();
    const world = createWorld(badDeploymentCured);
    const [other] = await replicas(1, world, {
      deps: (deps) => ({ ...deps, evidence: { ...deps.evidence, save: () => never.promise } }),
    });
    const held = await other?.alert('catalog');
    await other?.until(async () => (await other.incidents.get(held?.id ?? expect.unreachable()))?.status === 'investigating');
    const [agent] = await replicas(1, world, { policy: { massFailure: { share: 0.01, services: 2 } } });
    if (!agent) return expect.unreachable();
    const incident = await agent.closed(await agent.alert('checkout'));
    expect(`${incident.outcome}: ${incident.outcomeReason}`).toMatch(/^escalated: .*mass-failure/);
    expect(world.effects).toEqual([]);
    never.reject(new Error('the test is over'));
  });

  it('take over at once what a dead one held, and never what a living one holds', async () => {
    const world = createWorld(badDeploymentCured);
    const [agent] = await replicas(1, world, { runner: { pollMs: 1_000_000_000 } });
    if (!agent || !temp) return expect.unreachable();
    await agent.stop();
    running.splice(0);
    const opened = await openIncidents(temp, agent.clock, ['c1', 'c2']);
    await temp.raw(
      `update incident set lease_owner = 'dead', lease_until = '2999-01-01T00:00:00.000Z', fencing_token = 1, status = 'investigating'`,
    );
    const [next] = await replicas(1, world, {
      clock: agent.clock,
      policy: { actionBudget: plenty, clusterBudget: plenty, fleetBudget: plenty },
    });
    if (!next) return expect.unreachable();
    const outcomes = [];
    for (const id of opened) {
      await next.until(async () => (await next.incidents.get(id))?.status === 'closed');
      outcomes.push((await next.incidents.get(id))?.outcome);
    }
    expect(outcomes).toEqual(['fixed', 'fixed']);
    expect(next.logged.some((line) => line.includes('incidents of a dead process taken over'))).toBe(true);
  });
});

const plenty = { changes: 1000, perSeconds: 3600 };

async function openIncidents(temp: TempStore, clock: FakeClock, clusters: string[]): Promise<IncidentId[]> {
  const incidents = createIncidentStore(temp.store, clock, () => crypto.randomUUID(), graphVersion);
  const alerts = clusters.map((cluster) =>
    receivedAlert({ target: { resource: { cluster, service: 'checkout' } }, receivedAt: clock.now().toISOString(), bodyHash: cluster }),
  );
  return (await incidents.receive(alerts)).flatMap((row) => row.incidentId ?? []);
}
