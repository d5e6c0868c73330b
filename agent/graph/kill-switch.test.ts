import { describe, expect, it } from 'vitest';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeploymentCured, badDeploymentWorsened } from '../testing/scenes.ts';
import { createWorld, fakeCatalog } from '../testing/world.ts';

const { start } = agentsOfTest();
const plenty = { changes: 1000, perSeconds: 3600 };
const order = (on: boolean) => ({ on, by: 'ann', reason: 'a test' });

describe('the kill switch, turned on over the API', () => {
  it('stops every change of 100 incidents in flight within 5 s', async () => {
    const world = createWorld(badDeploymentCured);
    const madeAt: number[] = [];
    const agent = await start(world, {
      runner: { concurrency: 100 },
      policy: { actionBudget: plenty, clusterBudget: plenty, fleetBudget: plenty },
      catalog: fakeCatalog(world).map((action) => ({
        ...action,
        // Each at its own speed, so that at any moment some are about to act.
        async execute(plan, effect) {
          await agent.clock.sleep(Number(plan.target.cluster.slice(1)) * 500);
          const outcome = await action.execute(plan, effect);
          if (outcome.applied === 'yes') madeAt.push(agent.clock.now().getTime());
          return outcome;
        },
      })),
    });
    const incidents = [];
    for (let number = 0; number < 100; number += 1) incidents.push(await agent.alert('checkout', 'HighErrorRatio', `c${number}`));
    await agent.until(() => madeAt.length >= 20);
    const switchedAt = agent.clock.now().getTime();
    expect((await agent.api('/kill-switch', order(true), 'PUT')).body).toMatchObject({ on: true, by: 'ann' });
    const outcomes = [];
    for (const incident of incidents) outcomes.push((await agent.closed(incident)).outcome);
    expect(madeAt.filter((at) => at > switchedAt + 5000)).toEqual([]);
    expect(world.effects.length).toBeLessThan(40);
    expect(outcomes.filter((outcome) => outcome === 'fixed')).toHaveLength(world.effects.length);
    expect(outcomes.filter((outcome) => outcome === 'escalated')).toHaveLength(100 - world.effects.length);
  });

  it('leaves even a harmful change in place, and says that it is there', async () => {
    const { alert, closed, world, until, api } = await start(badDeploymentWorsened);
    const opened = await alert('checkout');
    await until(() => world.effects.length === 1);
    await api('/kill-switch', order(true), 'PUT');
    const incident = await closed(opened);
    expect(world.effects).toHaveLength(1);
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('Changes made: roll-back-deployment') });
  });

  it('needs a name and a reason, and the token of the API', async () => {
    const { api } = await start(badDeploymentCured);
    for (const bad of [{ on: true }, { on: true, by: ' ', reason: 'x' }, { on: 'yes', by: 'ann', reason: 'x' }, { on: true, by: 'ann' }]) {
      expect(await api('/kill-switch', bad, 'PUT')).toMatchObject({ status: 400, body: { code: 'API_INVALID' } });
    }
    expect((await api('/kill-switch')).body).toEqual({ on: false, file: false, by: null, reason: null, at: null });
  });
});
