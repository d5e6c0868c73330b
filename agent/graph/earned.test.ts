/** Whole runs in which autonomy is earned and lost. */
import { describe, expect, it } from 'vitest';
import type { Incident } from '../domain/incident.ts';
import type { PolicySettings } from '../policy/request.ts';
import type { TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeployment, badDeploymentCured, badDeploymentWorsened } from '../testing/scenes.ts';
import type { Effect, Scene } from '../testing/world.ts';

const { start } = agentsOfTest();
const plenty = { changes: 100, perSeconds: 60 };
/** One fault after the other on one service, which limits and pauses would hold up. */
const policy: Partial<PolicySettings> = {
  autonomy: { default: 'auto', byAction: {} },
  earning: { on: true, start: 'approve', successes: 3 },
  cooldownSeconds: 0,
  targetBudget: plenty,
  actionBudget: plenty,
  clusterBudget: plenty,
};
const fromAuto = { ...policy, earning: { on: true, start: 'auto', successes: 3 } } as const;

/** Only what was done since the last fault counts: each incident is a broken revision anew, and nobody knows of routes that are fine. */
function brokenAnew(scene: Scene): { scene: Scene; breakAgain(done: readonly Effect[]): void } {
  let healed = 0;
  return {
    scene: (done, cluster) => scene(done.slice(healed), cluster).drop(({ kind }) => kind === 'route-signal'),
    breakAgain(done) {
      healed = done.length;
    },
  };
}

/** Lets the run go on, and says yes where a person is asked. */
async function answered(agent: TestAgent, alertName = 'HighErrorRatio'): Promise<{ incident: Incident; asked: number }> {
  const opened = await agent.alert('checkout', alertName);
  let asked = 0;
  await agent.until(async () => {
    for (const { id, planHash } of await agent.approvals.pending()) {
      asked += 1;
      await agent.api(`/approvals/${id}`, { answer: 'approved', by: 'ann', planHash });
    }
    return (await agent.get(opened)).status === 'closed';
  });
  return { incident: await agent.get(opened), asked };
}

describe('autonomy is earned', () => {
  it('asks three times, acts alone after three proven changes, and asks again when one did not last a day', async () => {
    const anew = brokenAnew(badDeploymentCured);
    const agent = await start(anew.scene, { policy });
    const asked: number[] = [];
    // The last comes within a day of the one before it, and by another alert.
    for (const alertName of ['HighErrorRatio', 'HighLatency', 'TargetDown', 'TasksMissing', 'HighLatency']) {
      if (asked.length < 4) agent.clock.set(new Date(agent.clock.now().getTime() + 2 * 86_400_000));
      anew.breakAgain(agent.world.effects);
      const { incident, asked: times } = await answered(agent, alertName);
      expect(incident.outcome).toBe('fixed');
      asked.push(times);
    }
    expect(asked).toEqual([1, 1, 1, 0, 1]);
    const raised = (await agent.trail.list({})).filter(({ event }) => event === 'autonomy-changed');
    // Days after it was deployed the revision is suspected no longer.
    expect(raised).toMatchObject([
      { actor: 'verification', detail: { action: 'force-new-deployment', target: 'ecs:shop/checkout', from: 'approve', to: 'auto' } },
    ]);
  });

  it('loses it with one harm, at once and after a restart as well', async () => {
    const agent = await start(badDeploymentWorsened, { policy: fromAuto });
    const harmed = await agent.closed(await agent.alert('checkout'));
    expect((await agent.actions.ofIncident(harmed.id))[0]?.verified).toBe('harmed');
    expect((await agent.timeline(harmed)).filter(({ event }) => event === 'autonomy-changed')).toMatchObject([
      { detail: { from: 'auto', to: 'suggest', because: expect.stringContaining('it did harm') } },
    ]);
    await agent.stop();

    const again = await start(badDeployment, { policy: fromAuto, clock: agent.clock });
    const next = await again.closed(await again.alert('checkout', 'HighLatency'));
    expect(next).toMatchObject({
      outcome: 'escalated',
      outcomeReason: expect.stringContaining(`level suggest on ecs:shop/checkout (it did harm in incident ${harmed.id}`),
    });
    expect(again.world.effects).toEqual([]);
  });

  it('is kept apart by service', async () => {
    const agent = await start(badDeploymentCured, { policy });
    await agent.api('/autonomy/shop/catalog/roll-back-deployment', { level: 'observe', by: 'ann', reason: 'not there' }, 'PUT');
    expect((await answered(agent)).incident.outcome).toBe('fixed');
  });

  it('changes nothing for who has not turned it on', async () => {
    const agent = await start(badDeploymentCured);
    expect(await answered(agent)).toMatchObject({ asked: 0, incident: { outcome: 'fixed' } });
  });
});
