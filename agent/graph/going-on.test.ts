import { expect, it } from 'vitest';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeploymentCured } from '../testing/scenes.ts';
import { createWorld, fakeAction } from '../testing/world.ts';

const { start } = agentsOfTest();

it('a change of several calls stops before the next one when its action is turned off meanwhile', async () => {
  const world = createWorld(badDeploymentCured);
  const whole = fakeAction(world, { id: 'roll-back-deployment', cures: ['bad-deployment'] });
  let flags: Record<string, boolean> | undefined;
  const permits: string[] = [];
  const inSteps: typeof whole = {
    ...whole,
    async execute(_plan, effect) {
      for (const next of [{}, undefined]) {
        const permit = await effect.permit();
        permits.push('refused' in permit ? permit.refused : 'given');
        flags = next ?? flags;
      }
      return { applied: 'no', detail: 'it did not come to its end' };
    },
  };
  const agent = await start(world, {
    catalog: [inSteps],
    deps: (deps) => ({ ...deps, policy: () => ({ ...deps.policy(), ...(flags ? { flags } : {}) }) as ReturnType<typeof deps.policy> }),
  });
  await agent.closed(await agent.alert('checkout'));
  expect(permits).toEqual(['given', expect.stringContaining('feature-flag')]);
});

it('what the world refuses is tried again after a pause, and made once', async () => {
  const world = createWorld(badDeploymentCured);
  const whole = fakeAction(world, { id: 'roll-back-deployment', cures: ['bad-deployment'] });
  const calls: number[] = [];
  const throttled: typeof whole = {
    ...whole,
    execute(plan, effect) {
      calls.push(agent.clock.now().getTime());
      if (calls.length > 1) return whole.execute(plan, effect);
      return Promise.resolve({ applied: 'no', detail: 'UpdateService: ThrottlingException: Rate exceeded: refused' });
    },
  };
  const agent = await start(world, { catalog: [throttled] });
  const incident = await agent.closed(await agent.alert('checkout'));
  expect(incident.outcome).toBe('fixed');
  expect(world.effects).toHaveLength(1);
  // As long as before any other look that comes again.
  expect((calls[1] ?? 0) - (calls[0] ?? 0)).toBeGreaterThanOrEqual(45_000);
});
