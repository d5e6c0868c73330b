import { CreateExperimentTemplateCommand, FisClient, StartExperimentCommand, StopExperimentCommand } from '@aws-sdk/client-fis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cluster, type Lab, required, startLab, stopLab } from './testing/lab.ts';

let lab: Lab;
let fis: FisClient;
beforeAll(async () => {
  lab = await startLab();
  const credentials = { accessKeyId: 'AKIACHAOSSCRIPTS0000', secretAccessKey: 'x' };
  fis = new FisClient({ endpoint: lab.sandbox.endpoint, region: 'us-east-1', credentials });
});
afterAll(async () => {
  fis.destroy();
  await stopLab(lab);
});

async function start(service: string, actionId: string, parameters: Record<string, string>): Promise<string> {
  const { experimentTemplate } = await fis.send(
    new CreateExperimentTemplateCommand({
      clientToken: `${service}-${actionId}`,
      description: 'a test',
      roleArn: 'arn:aws:iam::123456789012:role/fis',
      stopConditions: [{ source: 'none' }],
      targets: { tasks: { resourceType: 'aws:ecs:task', selectionMode: 'ALL', parameters: { cluster, service } } },
      actions: { fault: { actionId, parameters, targets: { Tasks: 'tasks' } } },
    }),
  );
  const experimentTemplateId = required(experimentTemplate?.id);
  const { experiment } = await fis.send(new StartExperimentCommand({ clientToken: experimentTemplateId, experimentTemplateId }));
  return required(experiment?.id);
}

it('lets FIS cut a running task off from one port and give it back', async () => {
  await lab.create('callee', await lab.register('callee', { NAME: 'callee' }), { desiredCount: 1 });
  await lab.create('caller', await lab.register('caller', { CALLEE_URL: 'http://callee.lab:8080' }), { desiredCount: 1 });
  await lab.steady('callee');
  await lab.steady('caller');
  const call = (): Promise<string> =>
    fetch(`${lab.sandbox.balancerUrl(cluster, 'caller')}/call`, { signal: AbortSignal.timeout(400) }).then(
      (response) => response.text(),
      () => 'no answer',
    );
  const id = await start('caller', 'aws:ecs:task-network-blackhole-port', {
    duration: 'PT2H',
    port: '8080',
    trafficType: 'egress',
    useEcsFaultInjectionEndpoints: 'true',
  });
  await expect.poll(call, { timeout: 10_000 }).toBe('no answer');
  await fis.send(new StopExperimentCommand({ id }));
  await expect.poll(call, { timeout: 10_000 }).toBe('callee');
  const operations = lab.sandbox.journal().filter((entry) => entry.principal === 'AKIACHAOSSCRIPTS0000');
  expect(operations.map((entry) => [entry.service, entry.operation.split('/')[1], entry.result])).toEqual([
    ['fis', 'experimentTemplates', 'ok'],
    ['fis', 'experiments', 'ok'],
    ['fis', 'experiments', 'ok'],
  ]);
});

it('lets FIS stop every task of a service, and ECS replaces them', async () => {
  await lab.create('stopped', await lab.register('stopped'), { desiredCount: 2 });
  await lab.steady('stopped');
  const before = (await lab.tasks('stopped')).map((task) => task.taskArn);
  await start('stopped', 'aws:ecs:stop-task', {});
  await expect
    .poll(async () => (await lab.tasks('stopped', 'STOPPED')).map((task) => task.taskArn).sort(), { timeout: 10_000 })
    .toEqual(before.sort());
  expect((await lab.steady('stopped')).runningCount).toBe(2);
  expect((await lab.tasks('stopped', 'STOPPED'))[0]?.stopCode).toBe('UserInitiated');
});
