import { describe, expect, it } from 'vitest';
import type { Incident } from '../domain/incident.ts';
import type { NodeDependencies } from '../graph/dependencies.ts';
import type { TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeployment, badDeploymentCured, healthy } from '../testing/scenes.ts';
import type { Scene } from '../testing/world.ts';
import { createFollowUp, type FollowUp } from './follow-up.ts';

const { start } = agentsOfTest();
const settings = { everyMs: 300_000, forMs: 3_600_000 };
const observe = { policy: { autonomy: { default: 'observe', byAction: {} } } } as const;

/** Cured once anybody has changed checkout. */
const curedByAnybody: Scene = (done, cluster) =>
  badDeploymentCured(
    done.map((effect) => ({ ...effect, step: 'execute' })),
    cluster,
  );

interface Shadowing extends TestAgent {
  deps: NodeDependencies;
  incident: Incident;
  followUp: FollowUp;
}

/** An agent at the level observe that has handed an incident over. */
async function shadowing(scene: Scene, before: (deps: NodeDependencies) => NodeDependencies = (deps) => deps): Promise<Shadowing> {
  let deps: NodeDependencies | undefined;
  const agent = await start(scene, {
    ...observe,
    deps: (own) => {
      deps = before(own);
      return deps;
    },
  });
  const incident = await agent.closed(await agent.alert('checkout'));
  if (!deps) throw new Error('the agent has no dependencies');
  return { ...agent, deps, incident, followUp: createFollowUp(deps, settings) };
}

async function looks({ clock, followUp }: Pick<Shadowing, 'clock' | 'followUp'>, count: number): Promise<void> {
  for (let look = 0; look < count; look += 1) {
    await followUp.look();
    await clock.advance(settings.everyMs);
  }
}

const byPerson = { cluster: 'shop', service: 'checkout', by: 'person', step: 'elsewhere' } as const;

describe('a plan that only its level of autonomy forbids', () => {
  it('is kept with what decided, and nothing is done', async () => {
    const { deps, incident, world, timeline } = await shadowing(badDeployment);
    expect(incident.outcome).toBe('escalated');
    expect(world.effects).toEqual([]);
    expect(await deps.shadows.list({})).toMatchObject([
      {
        incidentId: incident.id,
        plan: { action: 'roll-back-deployment', target: { service: 'checkout' } },
        cause: 'bad-deployment',
        reason: expect.stringContaining('level observe'),
        result: null,
      },
    ]);
    expect((await timeline(incident)).map(({ event }) => event)).toContain('shadow-kept');
  });

  it.each([
    ['another gate refuses as well', { policy: { ...observe.policy, protectedServices: ['checkout'] } }],
    ['it is switched off as well', { policy: { ...observe.policy, flags: {} } }],
  ] as const)('is not kept when %s', async (_, options) => {
    let deps: NodeDependencies | undefined;
    const { alert, closed } = await start(badDeployment, {
      ...options,
      deps: (own) => {
        deps = own;
        return own;
      },
    });
    await closed(await alert('checkout'));
    expect(await deps?.shadows.list({})).toEqual([]);
  });
});

describe('the follow-up', () => {
  it('finds that a person did the same and it came back, and autonomy is earned by it', async () => {
    const agent = await shadowing(curedByAnybody);
    agent.world.change(byPerson);
    await looks(agent, 4);
    expect(await agent.deps.shadows.list({})).toMatchObject([{ result: 'agreed', detail: expect.stringContaining('came back') }]);
    expect((await agent.timeline(agent.incident)).at(-1)).toMatchObject({ event: 'shadow-settled', detail: { result: 'agreed' } });
    expect(await agent.deps.records.of('ecs:shop/checkout', 'roll-back-deployment')).toMatchObject([{ kind: 'shadow', result: 'agreed' }]);
    expect(agent.world.effects).toEqual([byPerson]);
  });

  it.each([20_000, 900_000])('finds it however often it looks: every %i ms', async (everyMs) => {
    const agent = await shadowing(badDeployment);
    agent.world.scene = healthy;
    const followUp = createFollowUp(agent.deps, { everyMs, forMs: 24 * settings.forMs });
    for (let look = 0; look < 20; look += 1) {
      await followUp.look();
      await agent.clock.advance(everyMs);
    }
    expect(await agent.deps.shadows.list({})).toMatchObject([{ result: 'not-needed' }]);
  });

  it('finds that it came back without', async () => {
    const agent = await shadowing(badDeployment);
    agent.world.scene = healthy;
    await looks(agent, 4);
    expect(await agent.deps.shadows.list({})).toMatchObject([{ result: 'not-needed' }]);
  });

  it('finds at the end that the same was done and did not help', async () => {
    const agent = await shadowing(badDeployment);
    agent.world.change(byPerson);
    await looks(agent, 12);
    expect(await agent.deps.shadows.list({})).toMatchObject([{ result: null }]);
    await looks(agent, 1);
    expect(await agent.deps.shadows.list({})).toMatchObject([{ result: 'no-help' }]);
  });

  it('claims nothing when nothing is known', async () => {
    const agent = await shadowing(badDeployment);
    agent.world.change(byPerson);
    agent.world.answers.set('prometheus', 'failed');
    await looks(agent, 13);
    expect(await agent.deps.shadows.list({})).toMatchObject([{ result: 'not-known' }]);
  });

  it('claims nothing when the action cannot look', async () => {
    const blind = (deps: NodeDependencies): NodeDependencies => ({
      ...deps,
      catalog: deps.catalog.map((action) => ({ ...action, look: () => Promise.reject(new Error('no answer')) })),
    });
    const agent = await shadowing(curedByAnybody, blind);
    agent.world.change(byPerson);
    await looks(agent, 13);
    expect(await agent.deps.shadows.list({})).toMatchObject([{ result: 'not-known', detail: expect.stringContaining('no answer') }]);
  });

  it('gives up in the end on what can never be followed, and follows the others', async () => {
    const agent = await shadowing(badDeployment);
    const broken = { ...agent.deps, actions: { ...agent.deps.actions, changesSince: () => Promise.reject(new Error('no such table')) } };
    const followUp = createFollowUp(broken, settings);
    await looks({ clock: agent.clock, followUp }, 12);
    expect(await agent.deps.shadows.list({})).toMatchObject([{ result: null }]);
    await looks({ clock: agent.clock, followUp }, 1);
    expect(await agent.deps.shadows.list({})).toMatchObject([{ result: 'not-known', detail: expect.stringContaining('no such table') }]);
  });

  it('settles what is gone from the catalogue', async () => {
    const agent = await shadowing(badDeployment);
    await createFollowUp({ ...agent.deps, catalog: [] }, settings).look();
    expect(await agent.deps.shadows.list({})).toMatchObject([{ result: 'not-known', detail: expect.stringContaining('catalogue') }]);
  });

  it('claims nothing when the agent itself changed the service meanwhile', async () => {
    const agent = await shadowing(curedByAnybody);
    agent.world.change(byPerson);
    const change = { seq: 9, incidentId: agent.incident.id, action: 'stop-task', target: 'ecs:shop/checkout', againAt: null } as const;
    const ours = { ...change, status: 'done', intendedAt: agent.clock.now().toISOString(), verified: 'recovered' } as const;
    const deps = { ...agent.deps, actions: { ...agent.deps.actions, changesSince: async () => [ours] } };
    await createFollowUp(deps, settings).look();
    expect(await agent.deps.shadows.list({})).toMatchObject([
      { result: 'not-known', detail: expect.stringContaining('the agent changed') },
    ]);
  });

  it('goes on after a restart from what it has seen', async () => {
    const agent = await shadowing(curedByAnybody);
    agent.world.change(byPerson);
    await looks(agent, 2);
    const other = createFollowUp(agent.deps, settings);
    await looks({ clock: agent.clock, followUp: other }, 1);
    expect(await agent.deps.shadows.list({})).toMatchObject([{ result: 'agreed' }]);
  });

  it('looks at each plan in one of two replicas only', async () => {
    const agent = await shadowing(badDeployment);
    const before = agent.world.questions;
    await Promise.all([agent.followUp.look(), createFollowUp(agent.deps, settings).look()]);
    expect(agent.world.questions - before).toBe(2);
  });

  it('ends with the process', async () => {
    const agent = await shadowing(badDeployment);
    agent.followUp.start();
    await agent.followUp.stop();
    expect(await agent.deps.shadows.list({})).toHaveLength(1);
  });
});
