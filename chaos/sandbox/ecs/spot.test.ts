import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cluster, type Lab, messages, required, startLab, stopLab } from '../testing/lab.ts';
import { type CapacityProvider, nextProvider, roomWithoutSpot } from './capacity-providers.ts';

const onSpot = [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }];
const mixed = [
  { capacityProvider: 'FARGATE', base: 1, weight: 1 },
  { capacityProvider: 'FARGATE_SPOT', weight: 3 },
];

describe('the capacity provider of the next task', () => {
  it('is none without a strategy', () => {
    expect(nextProvider([], [])).toBeUndefined();
  });

  it('fills the base first, then goes by weight', () => {
    const placed: (CapacityProvider | undefined)[] = [];
    for (let count = 0; count < 9; count += 1) placed.push(nextProvider(mixed, placed));
    expect(placed[0]).toBe('FARGATE');
    expect(placed.filter((one) => one === 'FARGATE_SPOT')).toHaveLength(6);
  });

  it('is not another one while Spot has no room', () => {
    expect(roomWithoutSpot([], [], 7)).toBe(7);
    expect(roomWithoutSpot(onSpot, [], 7)).toBe(0);
    expect(roomWithoutSpot(mixed, [], 7)).toBe(1);
  });
});

describe('a Spot interruption', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab();
    await lab.create('web', await lab.register('web'), { capacityProviderStrategy: onSpot });
    await lab.create('own', await lab.register('own'), { desiredCount: 1, launchType: 'FARGATE' });
    await lab.steady('web');
    await lab.steady('own');
  });
  afterAll(() => stopLab(lab));

  const isReplaced = async (gone: string) => {
    await lab.until('web', ({ events = [] }) => (events[0]?.message ?? '').includes('steady'));
    expect((await lab.tasks('web')).map(({ taskArn }) => taskArn)).not.toContain(gone);
  };

  it('says so on the task, and ECS replaces it without counting a failure', async () => {
    const [task] = await lab.tasks('web');
    expect(task).toMatchObject({ capacityProviderName: 'FARGATE_SPOT', launchType: 'FARGATE' });
    const [gone = ''] = lab.sandbox.interruptSpot({ cluster, service: 'web', count: 1 });
    await lab.until(
      'web',
      ({ runningCount, events = [] }) => runningCount === 2 && events.some(({ message }) => message?.includes('has started 1 tasks')),
    );
    await isReplaced(gone);
    const stopped = (await lab.tasks('web', 'STOPPED')).find(({ taskArn }) => taskArn === gone);
    expect(stopped).toMatchObject({ stopCode: 'SpotInterruption', stoppedReason: 'Your Spot Task was interrupted.' });
    expect((await lab.service('web')).deployments?.[0]).toMatchObject({ failedTasks: 0, rolloutState: 'COMPLETED' });
  });

  it('leaves the service without tasks for as long as there is no room, and ECS says why', async () => {
    const answer = await fetch(`${lab.sandbox.endpoint}/sandbox/spot-interruptions`, {
      method: 'POST',
      body: JSON.stringify({ cluster, service: 'web', withoutCapacitySeconds: 100 }),
    });
    expect(((await answer.json()) as { taskArns: string[] }).taskArns).toHaveLength(2);
    const { events } = await lab.until('web', (service) => messages(service).some((message) => message.includes('unable to place a task')));
    expect(events?.some(({ message }) => message?.includes('Capacity is unavailable at this time'))).toBe(true);
    await lab.steady('web');
  });

  it('meets no task that is not on Spot', async () => {
    expect(() => lab.sandbox.interruptSpot({ cluster, service: 'own' })).toThrow(/runs no task on FARGATE_SPOT/);
    expect(() => lab.sandbox.interruptSpot({ cluster, service: 'ghost' })).toThrow(/Service not found/);
  });

  it('can come once a service was moved to Spot by a forced deployment', async () => {
    const move = { cluster, service: 'own', capacityProviderStrategy: onSpot };
    await expect(lab.ecs.send(new UpdateServiceCommand(move))).rejects.toThrow(/forceNewDeployment/);
    await lab.ecs.send(new UpdateServiceCommand({ ...move, forceNewDeployment: true }));
    const service = await lab.steady('own');
    expect(service.launchType).toBeUndefined();
    expect(service.capacityProviderStrategy).toEqual(onSpot);
    expect(required((await lab.tasks('own'))[0]).capacityProviderName).toBe('FARGATE_SPOT');
    expect(lab.sandbox.interruptSpot({ cluster, service: 'own' })).toHaveLength(1);
  });

  it('is refused a launch type beside a strategy', async () => {
    const both = lab.create('both', await lab.register('both'), { launchType: 'FARGATE', capacityProviderStrategy: onSpot });
    await expect(both).rejects.toThrow(/both a launch type and capacity provider strategy/);
  });
});
