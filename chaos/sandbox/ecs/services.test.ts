import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { StopTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cluster, type Lab, messages, required, startLab, stopLab } from '../testing/lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => stopLab(lab));

async function ask(url: string): Promise<{ status: number; text: string; pid: string | null }> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text(), pid: response.headers.get('x-pid') };
}

describe('a service', () => {
  it('brings its tasks up, reports steady state and serves through its balancer', async () => {
    await lab.create('steady', await lab.register('steady', { NAME: 'one' }));
    const service = await lab.steady('steady');
    expect(service).toMatchObject({ status: 'ACTIVE', desiredCount: 2, runningCount: 2, pendingCount: 0 });
    const said = messages(service);
    expect(said[0]).toBe('(service steady) has reached a steady state.');
    expect(said[1]).toMatch(/^\(service steady\) \(deployment ecs-svc\/\d{19}\) deployment completed\.$/);
    expect(said.at(-1)).toMatch(/^\(service steady\) has started 2 tasks: \(task [0-9a-f]{32}\) \(task [0-9a-f]{32}\)\.$/);
    expect(said.some((line) => /registered \d targets in \(target-group arn:aws:elasticloadbalancing:/.test(line))).toBe(true);

    const url = lab.sandbox.balancerUrl(cluster, 'steady');
    const answers = [await ask(url), await ask(url), await ask(url), await ask(url)];
    expect(answers.map((answer) => answer.text)).toEqual(['one', 'one', 'one', 'one']);
    expect(new Set(answers.map((answer) => answer.pid)).size).toBe(2);
  });

  it('shows each running task as DescribeTasks does', async () => {
    const [task] = await lab.tasks('steady');
    expect(task).toMatchObject({ lastStatus: 'RUNNING', desiredStatus: 'RUNNING', group: 'service:steady', launchType: 'FARGATE' });
    expect(task?.taskArn).toMatch(/^arn:aws:ecs:us-east-1:123456789012:task\/lab\/[0-9a-f]{32}$/);
    expect(task?.startedBy).toMatch(/^ecs-svc\//);
    expect(task?.startedAt).toBeInstanceOf(Date);
    expect(task?.containers?.[0]).toMatchObject({ name: 'app', image: 'fixture:1', lastStatus: 'RUNNING' });
  });

  it('sends container output to the awslogs group and stream', async () => {
    const logs = new CloudWatchLogsClient({
      endpoint: lab.sandbox.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'x' },
    });
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/ecs/steady' }));
    logs.destroy();
    const [task] = await lab.tasks('steady');
    const id = required(task?.taskArn).split('/').at(-1);
    expect(events.find((event) => event.logStreamName === `app/app/${id}`)?.message).toContain('"msg":"listening"');
  });

  it('rolls to a new revision without failing one request', async () => {
    await lab.create('rolling', await lab.register('rolling', { NAME: 'old' }));
    const before = await lab.steady('rolling');
    const next = await lab.register('rolling', { NAME: 'new' });
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'rolling', taskDefinition: next }));
    const during = await lab.service('rolling');
    expect(during.deployments?.map((entry) => [entry.status, entry.rolloutState])).toEqual([
      ['PRIMARY', 'IN_PROGRESS'],
      ['ACTIVE', 'COMPLETED'],
    ]);

    const url = lab.sandbox.balancerUrl(cluster, 'rolling');
    const statuses = new Set<number>();
    let isOver = false;
    const traffic = (async () => {
      while (!isOver) statuses.add((await ask(`${url}/slow`)).status);
    })();
    const after = await lab.steady('rolling');
    isOver = true;
    await traffic;
    expect([...statuses]).toEqual([200]);
    expect(after.taskDefinition).toBe(next);
    expect(after.deployments?.[0]?.id).not.toBe(before.deployments?.[0]?.id);
    expect((await ask(url)).text).toBe('new');
    const [gone] = await lab.tasks('rolling', 'STOPPED');
    expect(gone).toMatchObject({ stopCode: 'ServiceSchedulerInitiated' });
    expect(gone?.stoppedReason).toBe(`Scaling activity initiated by (deployment ${after.deployments?.[0]?.id})`);
    expect(messages(after).some((line) => /^\(service rolling\) has stopped \d running tasks: \(task /.test(line))).toBe(true);
    expect(
      messages(after).some((line) => /^\(service rolling, taskSet ecs-svc\/\d+\) has begun draining connections on \d tasks\.$/.test(line)),
    ).toBe(true);
  });

  it('starts fresh tasks of the same revision when a new deployment is forced, and none when nothing changed', async () => {
    const before = await lab.service('steady');
    const pids = (await lab.tasks('steady')).map((task) => task.taskArn);
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'steady', taskDefinition: before.taskDefinition }));
    expect((await lab.service('steady')).deployments).toHaveLength(1);
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'steady', forceNewDeployment: true }));
    const after = await lab.steady('steady');
    expect(after.taskDefinition).toBe(before.taskDefinition);
    expect((await lab.tasks('steady')).filter((task) => pids.includes(task.taskArn))).toEqual([]);
  });

  it('scales out and in', async () => {
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'steady', desiredCount: 3 }));
    expect((await lab.steady('steady')).runningCount).toBe(3);
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'steady', desiredCount: 1 }));
    const after = await lab.steady('steady');
    expect(after.deployments).toHaveLength(1);
    expect(messages(after)[0]).toBe('(service steady) has reached a steady state.');
  });

  it('replaces a task a user stopped and keeps the stopped one listed with its reason', async () => {
    const service = await lab.steady('steady');
    const [task] = await lab.tasks('steady');
    const taskArn = required(task?.taskArn);
    const { task: stopping } = await lab.ecs.send(new StopTaskCommand({ cluster, task: taskArn, reason: 'it hangs' }));
    expect(stopping).toMatchObject({ desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'it hangs' });
    await lab.until('steady', (now) => (now.events?.length ?? 0) > (service.events?.length ?? 0));
    await lab.steady('steady');
    const replacement = await lab.tasks('steady');
    expect(replacement.map((entry) => entry.taskArn)).not.toContain(taskArn);
    await expect
      .poll(async () => (await lab.tasks('steady', 'STOPPED')).find((entry) => entry.taskArn === taskArn))
      .toMatchObject({
        lastStatus: 'STOPPED',
        stopCode: 'UserInitiated',
        containers: [{ exitCode: 0 }],
      });
  });
});

describe('how a task ends', () => {
  it('is EssentialContainerExited with 137 when its process is killed', async () => {
    await lab.create('killed', await lab.register('killed'), { desiredCount: 1 });
    await lab.steady('killed');
    const arn = required((await lab.tasks('killed'))[0]?.taskArn);
    lab.sandbox.world.signalTask(arn, 'SIGKILL');
    await expect
      .poll(async () => (await lab.tasks('killed', 'STOPPED'))[0], { timeout: 10_000 })
      .toMatchObject({
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        containers: [{ exitCode: 137 }],
      });
    await lab.steady('killed');
  });

  it('is SIGKILL after the stop timeout for a process that ignores SIGTERM', async () => {
    await lab.create('stubborn', await lab.register('stubborn', { MODE: 'ignore-sigterm' }), { desiredCount: 1 });
    await lab.steady('stubborn');
    const arn = required((await lab.tasks('stubborn'))[0]?.taskArn);
    await lab.ecs.send(new StopTaskCommand({ cluster, task: arn }));
    await expect.poll(async () => (await lab.tasks('stubborn', 'STOPPED'))[0]?.containers?.[0]?.exitCode, { timeout: 10_000 }).toBe(137);
  });

  it.runIf(process.platform === 'linux')('is OutOfMemoryError when the process outgrows its memory', async () => {
    await lab.create('growing', await lab.register('growing', { MODE: 'grow' }, { memory: '512' }), { desiredCount: 1 });
    await expect
      .poll(async () => (await lab.tasks('growing', 'STOPPED'))[0]?.containers?.[0], { timeout: 20_000 })
      .toMatchObject({ exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' });
    await lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'growing', desiredCount: 0 }));
  });

  it('is TaskFailedToStart when the image is not in the registry', async () => {
    await lab.create('unpullable', await lab.register('unpullable', {}, { image: 'nobody/nothing:9' }), { desiredCount: 1 });
    await lab.until('unpullable', (service) => (service.deployments?.[0]?.failedTasks ?? 0) > 0);
    const [task] = await lab.tasks('unpullable', 'STOPPED');
    expect(task?.stopCode).toBe('TaskFailedToStart');
    expect(task?.stoppedReason).toMatch(/^CannotPullContainerError: .*nobody\/nothing:9: not found$/);
    expect(task?.containers?.[0]?.exitCode).toBeUndefined();
    const service = await lab.until('unpullable', (now) => messages(now).some((line) => line.includes('unable to consistently')));
    expect(messages(service).filter((line) => line.includes('is unable to consistently start tasks successfully'))).toHaveLength(1);
  });
});
