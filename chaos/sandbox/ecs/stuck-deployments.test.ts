/** Ways in which a deployment of ECS never ends, without a word of failure. */
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cluster, type Lab, startLab, stopLab } from '../testing/lab.ts';

const schedulerTurns = 10;
let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => stopLab(lab));

/** Both tasks of the old revision go on, the new revision gets nowhere, and nobody complains. */
async function expectStuck(name: string, newRunning: number): Promise<void> {
  await lab.until(name, ({ deployments = [] }) => deployments[0]?.runningCount === newRunning);
  for (let turn = 0; turn < schedulerTurns; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { deployments = [] } = await lab.service(name);
    expect(
      deployments.map(({ status, rolloutState, runningCount, failedTasks }) => [status, rolloutState, runningCount, failedTasks]),
    ).toEqual([
      ['PRIMARY', 'IN_PROGRESS', newRunning, 0],
      ['ACTIVE', 'COMPLETED', 2, 0],
    ]);
  }
}

async function started(name: string): Promise<void> {
  await lab.create(name, await lab.register(name));
  await lab.steady(name);
}

describe('a deployment is stuck', () => {
  it('when its bounds let no task start and none stop', async () => {
    await started('bound');
    const bounds = { minimumHealthyPercent: 100, maximumPercent: 100 };
    const taskDefinition = await lab.register('bound', { NAME: 'new' });
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'bound', taskDefinition, deploymentConfiguration: bounds }));
    await expectStuck('bound', 0);
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'bound', deploymentConfiguration: { maximumPercent: 200 } }));
    await lab.steady('bound');
  });

  it('when its tasks never get well within a grace period that does not end', async () => {
    await started('patient');
    const taskDefinition = await lab.register('patient', { MODE: 'unhealthy' });
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'patient', taskDefinition, healthCheckGracePeriodSeconds: 7200 }));
    await expectStuck('patient', 2);
  });

  it('when a container check that never passes has a start period that does not end', async () => {
    await started('warming');
    const healthCheck = { command: ['CMD-SHELL', 'exit 1'], interval: 300, startPeriod: 300, retries: 10 };
    const taskDefinition = await lab.register('warming', {}, { container: { healthCheck } });
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'warming', taskDefinition }));
    await expectStuck('warming', 2);
  });
});
