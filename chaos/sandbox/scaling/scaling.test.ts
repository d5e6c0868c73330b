import {
  ApplicationAutoScalingClient,
  DeleteScheduledActionCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScheduledActionsCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cluster, type Lab, startLab, stopLab } from '../testing/lab.ts';

const scope = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' } as const;
const ResourceId = `service/${cluster}/night`;

let lab: Lab;
let scaling: ApplicationAutoScalingClient;
beforeAll(async () => {
  lab = await startLab();
  const credentials = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'any' };
  scaling = new ApplicationAutoScalingClient({
    endpoint: lab.sandbox.endpoint,
    region: lab.sandbox.region,
    credentials,
    maxAttempts: 1,
  });
  await lab.create('night', await lab.register('night'), { desiredCount: 2 });
});
afterAll(async () => {
  scaling.destroy();
  await stopLab(lab);
});

const register = (MinCapacity: number, MaxCapacity: number, resource = ResourceId) =>
  scaling.send(new RegisterScalableTargetCommand({ ...scope, ResourceId: resource, MinCapacity, MaxCapacity }));
const put = (ScheduledActionName: string, Schedule: string, ScalableTargetAction: { MinCapacity?: number; MaxCapacity?: number }) =>
  scaling.send(new PutScheduledActionCommand({ ...scope, ResourceId, ScheduledActionName, Schedule, ScalableTargetAction }));
const targets = async () =>
  (await scaling.send(new DescribeScalableTargetsCommand({ ...scope, ResourceIds: [ResourceId] }))).ScalableTargets;
const actions = async () => (await scaling.send(new DescribeScheduledActionsCommand({ ...scope, ResourceId }))).ScheduledActions;
const inSeconds = (seconds: number) => `at(${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)})`;

describe('application auto scaling', () => {
  beforeEach(() => register(1, 4));

  it('tells the bounds and the schedule it was given, and forgets both together', async () => {
    await put('evening', 'cron(0 22 * * ? *)', { MaxCapacity: 1 });
    expect(await targets()).toMatchObject([{ ResourceId, MinCapacity: 1, MaxCapacity: 4 }]);
    expect(await actions()).toMatchObject([
      { ScheduledActionName: 'evening', Schedule: 'cron(0 22 * * ? *)', Timezone: 'UTC', ScalableTargetAction: { MaxCapacity: 1 } },
    ]);
    await scaling.send(new DeregisterScalableTargetCommand({ ...scope, ResourceId }));
    expect(await targets()).toEqual([]);
    expect(await actions()).toEqual([]);
  });

  it('brings the service within the bounds when a scheduled action runs', async () => {
    await put('zero', inSeconds(2), { MinCapacity: 0, MaxCapacity: 0 });
    await lab.until('night', ({ desiredCount, runningCount }) => desiredCount === 0 && runningCount === 0);
    expect(await targets()).toMatchObject([{ MinCapacity: 0, MaxCapacity: 0 }]);
    await put('morning', inSeconds(2), { MinCapacity: 2, MaxCapacity: 4 });
    await lab.until('night', ({ desiredCount, runningCount }) => desiredCount === 2 && runningCount === 2);
  });

  it('errs as AWS does', async () => {
    await expect(register(3, 2)).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(register(1, 2, `service/${cluster}/ghost`)).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(put('bad', 'cron(99 * * * ? *)', {})).rejects.toMatchObject({ name: 'ValidationException' });
    const none = { ...scope, ResourceId, ScheduledActionName: 'none' };
    await expect(scaling.send(new DeleteScheduledActionCommand(none))).rejects.toMatchObject({ name: 'ObjectNotFoundException' });
  });
});
