import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  ListServiceDeploymentsCommand,
  type ServiceDeployment,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cluster, type Lab, messages, required, startLab, stopLab } from '../testing/lab.ts';

const breaker = (rollback: boolean) => ({ deploymentCircuitBreaker: { enable: true, rollback } });

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => stopLab(lab));

async function newest(service: string): Promise<ServiceDeployment> {
  const { serviceDeployments = [] } = await lab.ecs.send(new ListServiceDeploymentsCommand({ cluster, service }));
  const arn = required(serviceDeployments[0]?.serviceDeploymentArn);
  const described = await lab.ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }));
  return required(described.serviceDeployments?.[0]);
}

describe('the deployment circuit breaker', () => {
  it('rolls back to the last completed revision when tasks crash at start', async () => {
    const good = await lab.register('crashing', { NAME: 'good' });
    // Below 100 % an old task goes first, so that the rollback has something to start again.
    await lab.create('crashing', good, { deploymentConfiguration: { ...breaker(true), minimumHealthyPercent: 50 } });
    const before = await lab.steady('crashing');
    const bad = await lab.register('crashing', { MODE: 'crash' });
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'crashing', taskDefinition: bad }));
    const during = await lab.until('crashing', (service) => service.deployments?.[0]?.taskDefinition === good);
    expect(during.deployments?.[0]?.rolloutStateReason).toBe(
      `ECS deployment circuit breaker: rolling back to deploymentId ${before.deployments?.[0]?.id}.`,
    );
    const after = await lab.steady('crashing');
    expect(after.taskDefinition).toBe(good);
    const said = messages(after);
    expect(said.some((line) => /\(deployment ecs-svc\/\d+\) deployment failed: tasks failed to start\.$/.test(line))).toBe(true);
    expect(said).toContain(`(service crashing) rolling back to deployment ${before.deployments?.[0]?.id}.`);

    const entry = await newest('crashing');
    expect(entry).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      statusReason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
      deploymentCircuitBreaker: { status: 'TRIGGERED', threshold: 3 },
    });
    const revisions = [required(entry.targetServiceRevision?.arn), required(entry.rollback?.serviceRevisionArn)];
    const { serviceRevisions } = await lab.ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: revisions }));
    expect(serviceRevisions?.map((revision) => revision.taskDefinition)).toEqual([bad, good]);
    const failed = (await lab.tasks('crashing', 'STOPPED')).filter((task) => task.taskDefinitionArn === bad);
    expect(failed[0]).toMatchObject({ stopCode: 'EssentialContainerExited', containers: [{ exitCode: 1 }] });
  });

  it('counts tasks that fail their target group health checks', async () => {
    const good = await lab.register('sickly');
    await lab.create('sickly', good, { desiredCount: 1, deploymentConfiguration: breaker(true) });
    await lab.steady('sickly');
    const bad = await lab.register('sickly', { MODE: 'unhealthy' });
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'sickly', taskDefinition: bad }));
    await lab.until('sickly', (service) => service.deployments?.[0]?.taskDefinition === good);
    const after = await lab.steady('sickly');
    expect(
      messages(after).some((line) =>
        /\(port 8080\) is unhealthy in \(target-group .*\) due to \(reason Health checks failed with these codes: \[500\]\)$/.test(line),
      ),
    ).toBe(true);
    const sick = (await lab.tasks('sickly', 'STOPPED')).find(
      (task) => task.taskDefinitionArn === bad && task.stoppedReason?.includes('ELB'),
    );
    expect(sick).toMatchObject({ stopCode: 'ServiceSchedulerInitiated' });
    expect(sick?.stoppedReason).toMatch(/^Task failed ELB health checks in \(target-group arn:/);
  });

  it('stalls when nothing was ever completed', async () => {
    await lab.create('stillborn', await lab.register('stillborn', { MODE: 'crash' }), { deploymentConfiguration: breaker(true) });
    const stalled = await lab.until('stillborn', (service) => service.deployments?.[0]?.rolloutState === 'FAILED');
    expect(stalled.deployments).toHaveLength(1);
    expect(stalled.deployments?.[0]?.rolloutStateReason).toBe('ECS deployment circuit breaker: tasks failed to start.');
    expect((await newest('stillborn')).status).toBe('ROLLBACK_FAILED');
    await lab.until('stillborn', (service) => service.pendingCount === 0 && service.runningCount === 0);
    expect(await lab.tasks('stillborn')).toEqual([]);
  });
});

describe('StopServiceDeployment', () => {
  async function deployEndless(name: string): Promise<{ good: string; bad: string; arn: string }> {
    const good = await lab.register(name);
    await lab.create(name, good, { desiredCount: 1 });
    await lab.steady(name);
    const bad = await lab.register(name, { MODE: 'unhealthy' });
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: name, taskDefinition: bad }));
    return { good, bad, arn: required((await newest(name)).serviceDeploymentArn) };
  }

  it('rolls back a deployment in progress although no rollback was configured', async () => {
    const { good, arn } = await deployEndless('stopped');
    await lab.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: 'ROLLBACK' }));
    const after = await lab.steady('stopped');
    expect(after.taskDefinition).toBe(good);
    expect((await newest('stopped')).status).toBe('ROLLBACK_SUCCESSFUL');
    await expect(lab.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn }))).rejects.toMatchObject({
      name: 'ConflictException',
    });
  });

  it('aborts a deployment where it is', async () => {
    const { bad, arn } = await deployEndless('aborted');
    await lab.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: 'ABORT' }));
    expect((await newest('aborted')).status).toBe('STOPPED');
    const service = await lab.service('aborted');
    expect(service.deployments?.map((entry) => [entry.taskDefinition === bad, entry.rolloutState])).toEqual([
      [true, 'FAILED'],
      [false, 'COMPLETED'],
    ]);
  });
});

it('lists service deployments newest first and by status', async () => {
  const { serviceDeployments = [] } = await lab.ecs.send(new ListServiceDeploymentsCommand({ cluster, service: 'crashing' }));
  expect(serviceDeployments.map((entry) => entry.status)).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL']);
  const good = await lab.ecs.send(new ListServiceDeploymentsCommand({ cluster, service: 'crashing', status: ['SUCCESSFUL'] }));
  expect(good.serviceDeployments).toHaveLength(1);
});
