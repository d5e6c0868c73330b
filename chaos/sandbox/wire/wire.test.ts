import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServicesCommand,
  ListTagsForResourceCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  TagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cluster, type Lab, required, startLab, stopLab } from '../testing/lab.ts';
import { Throttle } from './throttle.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => stopLab(lab));

async function nameOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error ? error.name : 'not an error'),
  );
}

describe('errors are spelt as AWS spells them', () => {
  it('for clusters, services and tasks that do not exist', async () => {
    const { ecs } = lab;
    expect(await nameOf(ecs.send(new DescribeServicesCommand({ cluster: 'nowhere', services: ['a'] })))).toBe('ClusterNotFoundException');
    expect(await nameOf(ecs.send(new UpdateServiceCommand({ cluster, service: 'nobody' })))).toBe('ServiceNotFoundException');
    expect(await nameOf(ecs.send(new StopTaskCommand({ cluster, task: 'f00' })))).toBe('InvalidParameterException');
    expect(await nameOf(ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'none:1' })))).toBe('ClientException');
    expect(await nameOf(ecs.send(new CreateServiceCommand({ cluster, serviceName: 'x', taskDefinition: 'none:1' })))).toBe(
      'ClientException',
    );
  });

  it('as failures with the reason MISSING where the call is a list', async () => {
    const services = await lab.ecs.send(new DescribeServicesCommand({ cluster, services: ['ghost'] }));
    expect(services.failures).toEqual([{ arn: 'arn:aws:ecs:us-east-1:123456789012:service/lab/ghost', reason: 'MISSING' }]);
    const tasks = await lab.ecs.send(new DescribeTasksCommand({ cluster, tasks: ['ghost'] }));
    expect(tasks.failures?.[0]?.reason).toBe('MISSING');
    const clusters = await lab.ecs.send(new DescribeClustersCommand({ clusters: [cluster, 'ghost'] }));
    expect(clusters.clusters?.[0]?.status).toBe('ACTIVE');
    expect(clusters.failures?.[0]?.reason).toBe('MISSING');
  });

  it('names the field of a value that cannot be', async () => {
    await lab.create('strict', await lab.register('strict'), { desiredCount: 0 });
    await expect(lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'strict', desiredCount: -1 }))).rejects.toThrow(/desiredCount/);
    await expect(lab.ecs.send(new RegisterTaskDefinitionCommand({ family: 'a b', containerDefinitions: [] }))).rejects.toThrow(/family/);
  });

  it('refuses to create a service twice, to delete one above zero, and to update a deleted one', async () => {
    const definition = await lab.register('twice');
    await lab.create('twice', definition, { desiredCount: 1 });
    expect(await nameOf(lab.create('twice', definition))).toBe('InvalidParameterException');
    expect(await nameOf(lab.ecs.send(new DeleteServiceCommand({ cluster, service: 'twice' })))).toBe('InvalidParameterException');
    await lab.ecs.send(new DeleteServiceCommand({ cluster, service: 'twice', force: true }));
    expect(await nameOf(lab.ecs.send(new UpdateServiceCommand({ cluster, service: 'twice', desiredCount: 1 })))).toBe(
      'ServiceNotActiveException',
    );
    await lab.until('twice', (service) => service.status === 'INACTIVE');
    expect((await lab.ecs.send(new ListServicesCommand({ cluster }))).serviceArns?.some((arn) => arn.endsWith('/twice'))).toBe(false);
  });

  it('answers what it does not imitate with UnknownOperationException and an unsigned call with 403', async () => {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      authorization: 'AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=0',
    };
    const target = 'AmazonEC2ContainerServiceV20141113.ExecuteCommand';
    const unknown = await fetch(lab.sandbox.endpoint, { method: 'POST', headers: { ...headers, 'x-amz-target': target }, body: '{}' });
    expect([unknown.status, unknown.headers.get('x-amzn-errortype')]).toEqual([400, 'UnknownOperationException']);
    const broken = await fetch(lab.sandbox.endpoint, {
      method: 'POST',
      headers: { ...headers, 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListServices' },
      body: '{',
    });
    expect(((await broken.json()) as { __type: string }).__type).toBe('SerializationException');
    const unsigned = await fetch(lab.sandbox.endpoint, { method: 'POST', body: '{}' });
    expect(unsigned.status).toBe(403);
  });

  it('throttles a burst of updates as ThrottlingException', async () => {
    const impatient = new ECSClient({
      endpoint: lab.sandbox.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIAIMPATIENT0000000', secretAccessKey: 'x' },
      maxAttempts: 1,
    });
    const calls = Array.from({ length: 120 }, () => nameOf(impatient.send(new UpdateServiceCommand({ cluster, service: 'nobody' }))));
    const names = await Promise.all(calls);
    impatient.destroy();
    expect(names).toContain('ThrottlingException');
    expect(names.filter((name) => name === 'ServiceNotFoundException').length).toBeGreaterThanOrEqual(30);
    // Let the shared bucket refill for whatever runs next.
    await new Promise((resolve) => setTimeout(resolve, 600));
  });
});

describe('throttling on demand', () => {
  const describeOne = () => lab.ecs.send(new DescribeClustersCommand({ clusters: [cluster] }));
  const client = () =>
    new ECSClient({
      ...{ endpoint: lab.sandbox.endpoint, region: 'us-east-1', maxAttempts: 1 },
      credentials: { accessKeyId: 'AKIAHURRIED000000000', secretAccessKey: 'x' },
    });

  it('refuses the calls and callers it is about, and no others, until it is taken back', async () => {
    const hurried = client();
    const ask = () => nameOf(hurried.send(new DescribeClustersCommand({})));
    const release = lab.sandbox.throttle({ operations: ['DescribeClusters'], principals: ['AKIAHURRIED000000000'] });
    expect([await ask(), await ask()]).toEqual(['ThrottlingException', 'ThrottlingException']);
    expect(await nameOf(hurried.send(new ListServicesCommand({ cluster })))).toBe('no error');
    expect((await describeOne()).clusters).toHaveLength(1);
    release();
    expect(await ask()).toBe('no error');
    hurried.destroy();
  });

  it('can be asked for over the wire, and then ends by itself', async () => {
    const post = (body: object) => fetch(`${lab.sandbox.endpoint}/sandbox/throttling`, { method: 'POST', body: JSON.stringify(body) });
    const hurried = client();
    const ask = () => nameOf(hurried.send(new DescribeClustersCommand({})));
    expect((await post({ principals: ['AKIAHURRIED000000000'], seconds: 0.5 })).status).toBe(200);
    expect(await ask()).toBe('ThrottlingException');
    for (let look = 0; (await ask()) !== 'no error'; look += 1) {
      if (look > 200) expect.fail('it did not end');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    hurried.destroy();
    expect((await post({ seconds: -1 })).status).toBe(400);
  });

  it('names the doors there are to those who knock at another', async () => {
    const answer = await fetch(`${lab.sandbox.endpoint}/sandbox/nothing`, { method: 'POST' });
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('POST /sandbox/throttling')]);
  });
});

it('refills a bucket at its rate, up to its burst', () => {
  const throttle = new Throttle([{ operations: ['A', 'B'], burst: 2, perSecond: 5 }], { burst: 1, perSecond: 1 });
  expect([throttle.take('A', '', 0), throttle.take('B', '', 0), throttle.take('A', '', 0)]).toEqual([true, true, false]);
  expect([throttle.take('A', '', 200), throttle.take('A', '', 200)]).toEqual([true, false]);
  expect([throttle.take('A', '', 60_000), throttle.take('A', '', 60_000), throttle.take('A', '', 60_000)]).toEqual([true, true, false]);
});

describe('the journal', () => {
  it('holds every call that changes something, with its caller and its outcome, and no reads', async () => {
    await lab.ecs.send(new CreateClusterCommand({ clusterName: 'journalled' }));
    await nameOf(lab.ecs.send(new UpdateServiceCommand({ cluster: 'journalled', service: 'nobody', desiredCount: 3 })));
    const response = await fetch(`${lab.sandbox.endpoint}/sandbox/journal`);
    const { entries } = (await response.json()) as { entries: Record<string, unknown>[] };
    expect(entries.slice(-2)).toMatchObject([
      { principal: 'AKIATESTTESTTESTTEST', service: 'ecs', operation: 'CreateCluster', result: 'ok' },
      { operation: 'UpdateService', input: { service: 'nobody', desiredCount: 3 }, result: 'ServiceNotFoundException' },
    ]);
    expect(entries.some((entry) => /^(Describe|List)/.test(String(entry.operation)))).toBe(false);
    expect(lab.sandbox.journal()).toEqual(entries);
  });
});

describe('task definitions', () => {
  it('number their revisions, keep what was registered, and can be deregistered', async () => {
    const first = await lab.register('numbered', { A: '1' });
    const second = await lab.register('numbered', { A: '2' });
    expect([first, second].map((arn) => arn.split('/')[1])).toEqual(['numbered:1', 'numbered:2']);
    const newest = await lab.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'numbered' }));
    expect(newest.taskDefinition).toMatchObject({ revision: 2, status: 'ACTIVE', cpu: '256', networkMode: 'awsvpc' });
    expect(newest.taskDefinition?.containerDefinitions?.[0]).toMatchObject({
      image: 'fixture:1',
      environment: [{ name: 'A', value: '2' }],
    });
    expect(newest.taskDefinition?.registeredAt).toBeInstanceOf(Date);
    await lab.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: second }));
    const active = await lab.ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: 'numbered' }));
    expect(active.taskDefinitionArns).toEqual([first]);
    expect(await nameOf(lab.create('late', second))).toBe('ClientException');
  });
});

it('pages through lists', async () => {
  const first = await lab.ecs.send(new ListTaskDefinitionsCommand({ maxResults: 1 }));
  const second = await lab.ecs.send(new ListTaskDefinitionsCommand({ maxResults: 1, nextToken: required(first.nextToken) }));
  expect(second.taskDefinitionArns).toHaveLength(1);
  expect(second.taskDefinitionArns).not.toEqual(first.taskDefinitionArns);
});

it('keeps tags and hands them to tasks when asked to propagate them', async () => {
  const service = await lab.create('tagged', await lab.register('tagged'), {
    desiredCount: 1,
    tags: [{ key: 'app', value: 'lab' }],
    propagateTags: 'SERVICE',
  });
  await lab.ecs.send(new TagResourceCommand({ resourceArn: service.serviceArn, tags: [{ key: 'team', value: 'a' }] }));
  const { tags } = await lab.ecs.send(new ListTagsForResourceCommand({ resourceArn: service.serviceArn }));
  expect(tags).toEqual([
    { key: 'app', value: 'lab' },
    { key: 'team', value: 'a' },
  ]);
  await lab.steady('tagged');
  expect((await lab.tasks('tagged'))[0]?.tags).toContainEqual({ key: 'app', value: 'lab' });
});
