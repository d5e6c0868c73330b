import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, messages, startLab, stopLab } from '../../sandbox/testing/lab.ts';
import { labScope } from '../testing/lab-scope.ts';
import { ecs } from './ecs.ts';
import type { Scope, TakeBack } from './provider.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
  await lab.create('web', await lab.register('web', { VERSION: '1' }), {
    deploymentConfiguration: {
      minimumHealthyPercent: 50,
      maximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
  });
  await lab.steady('web');
}, 60_000);
afterAll(() => stopLab(lab));

function run(func: string, given: Record<string, unknown>, scope: Scope = labScope(lab)): Promise<TakeBack | undefined> {
  const action = ecs.actions[func];
  if (!action) throw new Error(`no action ${func}`);
  const checked = action.arguments.parse(given);
  expect(action.strikes(checked)).toEqual(['web']);
  return action.run(checked, scope);
}
async function probe(func: string): Promise<number | null | undefined> {
  return ecs.probes[func]?.read({ service: 'web' }, labScope(lab));
}

describe('deploy', () => {
  it('brings another revision out under other rules, and takes both back once', async () => {
    const before = await lab.service('web');
    const takeBack = await run('deploy', {
      service: 'web',
      environment: { VERSION: '2' },
      circuitBreaker: false,
      minimumHealthyPercent: 0,
      maximumPercent: 100,
    });
    expect((await lab.service('web')).deploymentConfiguration).toMatchObject({
      minimumHealthyPercent: 0,
      maximumPercent: 100,
      deploymentCircuitBreaker: { enable: false, rollback: false },
    });
    const released = await lab.steady('web');
    expect(released.taskDefinition).not.toBe(before.taskDefinition);
    await takeBack?.();
    const back = await lab.steady('web');
    expect(back.taskDefinition).toBe(before.taskDefinition);
    expect(back.deploymentConfiguration).toEqual(before.deploymentConfiguration);
    const deployments = back.deployments?.[0]?.id;
    await takeBack?.();
    expect((await lab.service('web')).deployments?.[0]?.id).toBe(deployments);
  }, 60_000);

  it('refuses what it does not know', () => {
    const parse = (given: unknown) => ecs.actions.deploy?.arguments.safeParse(given).success;
    expect(parse({ service: 'web', image: 'a:1' })).toBe(true);
    expect(parse({ service: 'web', breaker: false })).toBe(false);
    expect(parse({ image: 'a:1' })).toBe(false);
  });
});

it('tells whether a deployment is under way, and which share of the tasks runs', async () => {
  await lab.steady('web');
  expect(await probe('settled')).toBe(1);
  expect(await probe('running-share')).toBe(1);
  await run('restart', { service: 'web' });
  expect(await probe('settled')).toBe(0);
  await lab.steady('web');
}, 60_000);

it('scales, and back', async () => {
  const takeBack = await run('scale', { service: 'web', count: 3 });
  expect(await lab.steady('web')).toMatchObject({ desiredCount: 3 });
  await takeBack?.();
  expect(await lab.steady('web')).toMatchObject({ desiredCount: 2 });
}, 60_000);

it('stops as many tasks as it is told, with the reason it is given', async () => {
  await lab.steady('web');
  await run('stop-tasks', { service: 'web', count: 1, because: 'node maintenance' });
  const stopped = await lab.tasks('web', 'STOPPED');
  expect(stopped.filter(({ stoppedReason }) => stoppedReason === 'node maintenance')).toHaveLength(1);
  await lab.steady('web');
}, 60_000);

it('has a schedule set the count, and takes schedule and count back', async () => {
  await lab.steady('web');
  const takeBack = await run('schedule', { service: 'web', min: 0, max: 0, dueIn: 1 });
  const asleep = await lab.until('web', ({ desiredCount, runningCount }) => desiredCount === 0 && runningCount === 0);
  expect(messages(asleep).length).toBeGreaterThan(0);
  expect(await probe('running-share')).toBe(1);
  await takeBack?.();
  expect(await lab.steady('web')).toMatchObject({ desiredCount: 2 });
  await takeBack?.();
}, 60_000);
