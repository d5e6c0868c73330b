import type { RequestListener } from 'node:http';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fact } from '../../domain/evidence.ts';
import { withLoadBalancers } from '../../testing/load-balancing.ts';
import { calm, question } from '../../testing/question.ts';
import { describeEvidenceSource } from '../source.contract.ts';
import { AwsError, type AwsOperation, speakingAws, startUpstream, type Upstream } from '../upstream.contract.ts';
import { ecs } from './index.ts';

const base = 'arn:aws:ecs:eu-central-1:111122223333';
const revision = (number: number) => `${base}:task-definition/checkout:${number}`;
/** Unix seconds, as the wire has them. */
const at = (time: string) => Date.parse(`2026-11-21T${time}Z`) / 1_000;

const targetGroup = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/checkout/6d0e';
const service = {
  serviceArn: `${base}:service/shop/checkout`,
  serviceName: 'checkout',
  status: 'ACTIVE',
  desiredCount: 2,
  runningCount: 2,
  pendingCount: 0,
  taskDefinition: revision(8),
  deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 200 },
  loadBalancers: [{ targetGroupArn: targetGroup, containerName: 'app', containerPort: 8080 }],
  deployments: [
    {
      id: 'ecs-svc/8',
      status: 'PRIMARY',
      rolloutState: 'COMPLETED',
      rolloutStateReason: 'ECS deployment ecs-svc/8 completed.',
      taskDefinition: revision(8),
      createdAt: at('09:58:00'),
      updatedAt: at('09:59:00'),
      failedTasks: 1,
    },
  ],
  events: [
    { id: '1', createdAt: at('09:57:00'), message: 'older' },
    { id: '2', createdAt: at('09:59:00'), message: '(service checkout) has reached a steady state.\u001b[31m' },
  ],
};
const stopped = {
  taskArn: `${base}:task/shop/aaaa`,
  lastStatus: 'STOPPED',
  taskDefinitionArn: revision(7),
  startedAt: at('09:00:00'),
  stoppedAt: at('09:59:30'),
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
  containers: [
    { name: 'log-router', exitCode: 0 },
    { name: 'app', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
  ],
};
const running = {
  taskArn: `${base}:task/shop/bbbb`,
  lastStatus: 'RUNNING',
  healthStatus: 'HEALTHY',
  taskDefinitionArn: revision(8),
  startedBy: 'ecs-svc/8',
  containers: [{ name: 'app', healthStatus: 'HEALTHY', networkInterfaces: [{ privateIpv4Address: '10.0.0.7' }] }],
};
const deployed = (number: number, status: string, time: string) => ({
  serviceDeploymentArn: `${base}:service-deployment/shop/checkout/${number}`,
  targetServiceRevisionArn: `${base}:service-revision/shop/checkout/${number}`,
  status,
  createdAt: at(time),
  startedAt: at(time),
  finishedAt: at(time) + 60,
});

const definition = (number: number) => ({
  taskDefinitionArn: revision(number),
  cpu: '256',
  memory: '512',
  registeredAt: at('06:00:00'),
  containerDefinitions: [
    {
      name: 'app',
      image: `registry.example/checkout:${number}`,
      essential: true,
      memory: 400,
      environment: [
        { name: 'TIMEOUT_MS', value: number < 9 ? '2000' : '200' },
        { name: 'DB_PASSWORD', value: `hunter${number}` },
      ],
      dockerLabels: { 'org.opencontainers.image.revision': String(number).repeat(40) },
    },
  ],
});
const whole: Record<string, AwsOperation> = {
  DescribeTaskDefinition: ({ taskDefinition }) => ({
    taskDefinition: definition(Number(String(taskDefinition).split(':').at(-1))),
    tags: [],
  }),
  DescribeServices: ({ services }) => ({
    services: (services as string[]).includes('checkout') ? [service] : [],
    failures: (services as string[]).filter((name) => name !== 'checkout').map((name) => ({ arn: name, reason: 'MISSING' })),
  }),
  ListTasks: ({ desiredStatus }) => ({ taskArns: [desiredStatus === 'RUNNING' ? running.taskArn : stopped.taskArn] }),
  DescribeTasks: ({ tasks }) => ({
    tasks: [running, stopped].filter(({ taskArn }) => (tasks as string[]).includes(taskArn)),
    failures: [],
  }),
  ListServiceDeployments: () => ({
    serviceDeployments: [
      deployed(6, 'SUCCESSFUL', '07:00:00'),
      deployed(9, 'IN_PROGRESS', '10:04:00'),
      deployed(7, 'ROLLBACK_SUCCESSFUL', '08:00:00'),
    ],
  }),
  DescribeServiceRevisions: ({ serviceRevisionArns }) => ({
    serviceRevisions: (serviceRevisionArns as string[]).map((arn) => ({
      serviceRevisionArn: arn,
      taskDefinition: revision(Number(arn.split('/').at(-1))),
    })),
    failures: [],
  }),
};
const denying = (permission: string) =>
  new AwsError('AccessDeniedException', `User: arn:aws:iam::1:role/agent is not authorized to perform: ${permission}`);

function clientsAt(url: string) {
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test' };
  const options = { endpoint: url, region: 'eu-central-1', credentials, maxAttempts: 2 };
  return { ecs: new ECSClient(options), elbv2: new ElasticLoadBalancingV2Client(options) };
}

describeEvidenceSource('ecs', {
  create: (url) => ecs.create(ecs.config.parse({}), clientsAt(url)),
  question,
  upstream: {
    found: speakingAws(whole),
    nothing: speakingAws({
      ...whole,
      DescribeServices: ({ services }) => ({ services: [], failures: [{ arn: String(services), reason: 'MISSING' }] }),
    }),
    truncated: speakingAws({ ...whole, ListTasks: () => denying('ecs:ListTasks') }),
  },
});

describe('ecs', () => {
  let upstream: Upstream;
  let clients: ReturnType<typeof clientsAt>;
  beforeAll(async () => {
    upstream = await startUpstream();
    clients = clientsAt(upstream.url);
  });
  afterAll(async () => {
    clients.ecs.destroy();
    clients.elbv2.destroy();
    await upstream.close();
  });

  const askRaw = (listener: RequestListener, settings: object = {}, asked = question) => {
    upstream.answer(listener);
    return ecs.create(ecs.config.parse(settings), clients).ask(asked, calm);
  };
  const ask = (operations: Record<string, AwsOperation> = {}, settings: object = {}, asked = question) =>
    askRaw(speakingAws({ ...whole, ...operations }), settings, asked);
  const ofKind = <Kind extends Fact['kind']>(facts: readonly Fact[], kind: Kind) =>
    facts.filter((fact): fact is Extract<Fact, { kind: Kind }> => fact.kind === kind);

  it('tells the state of a service with its newest events first and printable', async () => {
    const { facts } = await ask();
    expect(ofKind(facts, 'service-state')).toEqual([
      {
        kind: 'service-state',
        service: 'checkout',
        status: 'ACTIVE',
        desired: 2,
        running: 2,
        pending: 0,
        taskDefinition: revision(8),
        events: [
          { at: '2026-11-21T09:59:00.000Z', message: '(service checkout) has reached a steady state.', meaning: 'steady-state' },
          { at: '2026-11-21T09:57:00.000Z', message: 'older', meaning: 'other' },
        ],
        minimumHealthyPercent: 50,
        maximumPercent: 200,
      },
    ]);
  });

  it('keeps the newest twenty events', async () => {
    const events = Array.from({ length: 100 }, (_, index) => ({ createdAt: at('09:00:00') + index, message: `event ${index}` }));
    const { facts } = await ask({ DescribeServices: () => ({ services: [{ ...service, events }], failures: [] }) });
    const kept = ofKind(facts, 'service-state')[0]?.events ?? [];
    expect([kept.length, kept[0]?.message, kept.at(-1)?.message]).toEqual([20, 'event 99', 'event 80']);
  });

  it('tells the deployments under way', async () => {
    const { facts } = await ask();
    expect(ofKind(facts, 'deployment')).toEqual([
      {
        kind: 'deployment',
        service: 'checkout',
        id: 'ecs-svc/8',
        status: 'PRIMARY',
        rolloutState: 'COMPLETED',
        rolloutReason: 'ECS deployment ecs-svc/8 completed.',
        taskDefinition: revision(8),
        createdAt: '2026-11-21T09:58:00.000Z',
        updatedAt: '2026-11-21T09:59:00.000Z',
        failedTasks: 1,
      },
    ]);
  });

  it('lists finished deployments newest first and says which reached a steady state', async () => {
    const { facts } = await ask();
    expect(ofKind(facts, 'past-deployment')).toEqual([
      expect.objectContaining({ taskDefinition: revision(7), completed: false, startedAt: '2026-11-21T08:00:00.000Z' }),
      expect.objectContaining({ taskDefinition: revision(6), completed: true, finishedAt: '2026-11-21T07:01:00.000Z' }),
    ]);
  });

  it('tells why a task stopped, from the task and from its container', async () => {
    const { facts } = await ask();
    expect(ofKind(facts, 'task')).toEqual([
      expect.objectContaining({
        taskId: 'bbbb',
        lastStatus: 'RUNNING',
        healthStatus: 'HEALTHY',
        stoppedAt: null,
        stopCode: null,
        stoppedReason: null,
        exitCode: null,
      }),
      expect.objectContaining({
        taskId: 'aaaa',
        lastStatus: 'STOPPED',
        healthStatus: 'UNKNOWN',
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited · app: OutOfMemoryError: Container killed due to memory usage',
        exitCode: 137,
        stopCause: 'out-of-memory',
        containers: [
          expect.objectContaining({ name: 'log-router', exitCode: 0, reason: null }),
          expect.objectContaining({ name: 'app', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }),
        ],
      }),
    ]);
  });

  it('answers found for the services there are and names the one there is not', async () => {
    const answer = await ask({}, {}, { ...question, focus: ['checkout', 'ghost'] });
    expect(answer).toMatchObject({ status: 'found', detail: 'ECS knows no service ghost in cluster shop' });
  });

  it('answers nothing for an unknown cluster', async () => {
    const answer = await ask({ DescribeServices: () => new AwsError('ClusterNotFoundException', 'Cluster not found.') });
    expect(answer).toMatchObject({ status: 'nothing', detail: 'ECS knows no cluster shop' });
  });

  it('names the permission that is missing', async () => {
    const answer = await ask({ DescribeServices: () => denying('ecs:DescribeServices') });
    expect(answer.status).toBe('failed');
    expect(answer.detail).toMatch(/^auth: .*\(allow ecs:DescribeServices\)$/);
  });

  it('says when it was throttled, after the SDK has tried again', async () => {
    const answer = await ask({ DescribeServices: () => new AwsError('ThrottlingException', 'Rate exceeded') });
    expect(answer.detail).toMatch(/^rate-limit: /);
    expect(upstream.requests()).toBe(2);
  });

  it.each([
    ['denied', denying('ecs:ListServiceDeployments')],
    ['unknown', new AwsError('UnknownOperationException', 'no such operation')],
    ['broken', new AwsError('InternalFailure', '', 500)],
  ])('keeps the rest when past deployments are %s', async (_, error) => {
    const answer = await ask({ ListServiceDeployments: () => error });
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('ListServiceDeployments');
    expect(ofKind(answer.facts, 'deployment')).toHaveLength(1);
    expect(ofKind(answer.facts, 'task')).toHaveLength(2);
    expect(ofKind(answer.facts, 'past-deployment')).toHaveLength(0);
  });

  it('says how many past revisions could not be described', async () => {
    const answer = await ask({ DescribeServiceRevisions: () => ({ serviceRevisions: [], failures: [] }) });
    expect(answer).toMatchObject({ status: 'truncated', detail: '3 past revisions of checkout could not be described' });
  });

  it('is truncated when there are more tasks than it reads', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `${base}:task/shop/${index}`);
    const answer = await ask(
      {
        ListTasks: () => ({ taskArns: many, nextToken: 'more' }),
        DescribeTasks: ({ tasks }) => ({ tasks: (tasks as string[]).map((taskArn) => ({ ...running, taskArn })) }),
      },
      { maxRunningTasks: 150, maxStoppedTasks: 50 },
    );
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toContain('only 150 RUNNING tasks of checkout were read');
    expect(ofKind(answer.facts, 'task')).toHaveLength(200);
  });

  it('asks nothing more about a deleted service', async () => {
    const answer = await ask({
      DescribeServices: () => ({ services: [{ ...service, status: 'INACTIVE', deployments: [] }], failures: [] }),
    });
    expect(answer.facts).toEqual([expect.objectContaining({ kind: 'service-state', status: 'INACTIVE' })]);
    expect(upstream.requests()).toBe(1);
  });

  it('describes more services than ECS takes in one call', async () => {
    const names = Array.from({ length: 23 }, (_, index) => `s${index}`);
    const sizes: number[] = [];
    const answer = await ask(
      {
        DescribeServices: ({ services }) => {
          const some = services as string[];
          sizes.push(some.length);
          return { services: some.map((serviceName) => ({ ...service, serviceName })), failures: [] };
        },
      },
      {},
      { ...question, focus: names },
    );
    expect(sizes).toEqual([10, 10, 3]);
    expect(ofKind(answer.facts, 'service-state')).toHaveLength(23);
  });

  it('answers with what it has when the rest takes too long', async () => {
    const answer = await askRaw(
      (request, response) => {
        if (request.headers['x-amz-target']?.toString().endsWith('ListTasks')) return;
        speakingAws(whole)(request, response);
      },
      { timeoutMs: 400 },
    );
    expect(answer.status).toBe('truncated');
    expect(answer.detail).toBe('timeout: ecs: no answer within 400 ms');
    expect(ofKind(answer.facts, 'past-deployment')).toHaveLength(2);
  });

  it('tells what the newest revisions consist of, and which commit they were built from', async () => {
    const { facts } = await ask();
    expect(ofKind(facts, 'task-definition').map(({ taskDefinition }) => taskDefinition)).toEqual([revision(9), revision(7), revision(6)]);
    expect(ofKind(facts, 'task-definition')[0]).toEqual({
      kind: 'task-definition',
      service: 'checkout',
      taskDefinition: revision(9),
      registeredAt: '2026-11-21T06:00:00.000Z',
      sha: '9'.repeat(40),
      cpu: 256,
      containers: [{ name: 'app', image: 'registry.example/checkout:9', essential: true, cpu: null, memory: 400 }],
    });
  });

  it('tells what each deployment changed, with its commit, and no secret', async () => {
    const { facts } = await ask();
    expect(ofKind(facts, 'change').map(({ t, changeKind, sha }) => [t, changeKind, sha])).toEqual([
      [at('10:04:00'), 'deploy', '9'.repeat(40)],
      [at('08:00:00'), 'deploy', '7'.repeat(40)],
    ]);
    const [newest] = ofKind(facts, 'change');
    expect(newest).toMatchObject({
      service: 'checkout',
      message: 'checkout:9 after checkout:7; changed: app.image, app.environment.TIMEOUT_MS, app.environment.DB_PASSWORD',
    });
    expect(newest?.diff.split('\n')).toEqual([
      '- app.image: registry.example/checkout:7',
      '+ app.image: registry.example/checkout:9',
      '- app.environment.TIMEOUT_MS: 2000',
      '+ app.environment.TIMEOUT_MS: 200',
      '- app.environment.DB_PASSWORD: ***',
      '+ app.environment.DB_PASSWORD: ***',
    ]);
  });

  it('reads a revision once, for it never changes', async () => {
    upstream.answer(speakingAws(whole));
    const source = ecs.create(ecs.config.parse({}), clients);
    const first = await source.ask(question, calm);
    const second = await source.ask(question, calm);
    expect(second.facts).toEqual(first.facts);
    expect([first.cost?.calls, second.cost?.calls]).toEqual([10, 7]);
  });

  it('leaves out a revision that was deleted, and is truncated when one cannot be read this time', async () => {
    const gone = await ask({ DescribeTaskDefinition: () => new AwsError('ClientException', 'Unable to describe task definition.') });
    expect(gone).toMatchObject({ status: 'found', detail: '' });
    expect(ofKind(gone.facts, 'change')).toEqual([]);
    const failed = await ask({ DescribeTaskDefinition: () => new AwsError('ServerException', 'later', 500) });
    expect(failed.status).toBe('truncated');
  });

  it('answers in full, and names the permission, when it may not read what only explains', async () => {
    const refused = {
      DescribeTaskDefinition: () => denying('ecs:DescribeTaskDefinition'),
      DescribeServiceDeployments: () => denying('ecs:DescribeServiceDeployments'),
    };
    const answer = await ask(refused, { deploymentDetails: true });
    expect(answer.status).toBe('found');
    expect(answer.detail).toContain('(allow ecs:DescribeTaskDefinition)');
    expect(answer.detail).toContain('(allow ecs:DescribeServiceDeployments)');
    expect(ofKind(answer.facts, 'past-deployment')).toHaveLength(2);
    expect(ofKind(answer.facts, 'change')).toEqual([]);
  });

  it('tells the state of every service deployment, and of the newest what the breaker counted when it is asked to', async () => {
    const { facts } = await ask();
    expect(ofKind(facts, 'service-deployment').map(({ id, status, breaker }) => [id, status, breaker])).toEqual([
      ['9', 'IN_PROGRESS', null],
      ['7', 'ROLLBACK_SUCCESSFUL', null],
      ['6', 'SUCCESSFUL', null],
    ]);
    const details: AwsOperation = ({ serviceDeploymentArns }) => ({
      serviceDeployments: (serviceDeploymentArns as string[]).map((arn) => ({
        serviceDeploymentArn: arn,
        deploymentCircuitBreaker: { status: 'MONITORING', failureCount: 2, threshold: 3 },
        ...(arn.endsWith('/7') && { rollback: { reason: 'the circuit breaker was triggered' } }),
      })),
      failures: [],
    });
    const answer = await ask({ DescribeServiceDeployments: details }, { deploymentDetails: true });
    expect(ofKind(answer.facts, 'service-deployment').slice(0, 2)).toMatchObject([
      { id: '9', taskDefinition: revision(9), breaker: { status: 'MONITORING', failures: 2, threshold: 3 }, rollbackReason: null },
      { id: '7', rollbackReason: 'the circuit breaker was triggered' },
    ]);
    const denied = await ask({ DescribeServiceDeployments: () => denying('x') }, { deploymentDetails: true });
    expect(denied.detail).toContain('(allow ecs:DescribeServiceDeployments)');
    expect(ofKind(denied.facts, 'past-deployment')).toHaveLength(2);
  });

  describe('with target health', () => {
    const targets = [
      { id: '10.0.0.7', port: 8080, state: 'unhealthy', reason: 'Target.Timeout', description: 'Request timed out' },
      { id: '10.0.0.8', port: 8080, state: 'draining', reason: 'Target.DeregistrationInProgress' },
    ];
    const balancing = (deny = {}) => withLoadBalancers([{ arn: targetGroup, loadBalancers: [], targets }], speakingAws(whole), deny);

    it('tells how the load balancer sees each target, and whose it is', async () => {
      const answer = await askRaw(balancing(), { targetHealth: true });
      expect(answer.status).toBe('found');
      expect(ofKind(answer.facts, 'target-health')).toEqual([
        {
          kind: 'target-health',
          service: 'checkout',
          targetGroup: 'targetgroup/checkout/6d0e',
          target: '10.0.0.7:8080',
          taskId: 'bbbb',
          state: 'unhealthy',
          reason: 'Target.Timeout',
          description: 'Request timed out',
        },
        expect.objectContaining({ target: '10.0.0.8:8080', taskId: null, state: 'draining', description: '' }),
      ]);
    });

    it('names the permission, and keeps the rest', async () => {
      const denied = { DescribeTargetHealth: { code: 'AccessDenied', message: 'not authorized', status: 403 } };
      const answer = await askRaw(balancing(denied), { targetHealth: true });
      expect(answer.status).toBe('truncated');
      expect(answer.detail).toMatch(/^auth: .*\(allow elasticloadbalancing:DescribeTargetHealth\)$/);
      expect(ofKind(answer.facts, 'task')).toHaveLength(2);
    });

    it('keeps the rest when a target group is gone', async () => {
      const answer = await askRaw(withLoadBalancers([], speakingAws(whole)), { targetHealth: true });
      expect(answer.status).toBe('truncated');
      expect(answer.detail).toContain('TargetGroupNotFound');
    });

    it('does not ask for it unless it is switched on', async () => {
      expect(ofKind((await askRaw(balancing())).facts, 'target-health')).toEqual([]);
    });

    it('tells a verification as well, which judges by it', async () => {
      const verifying = await askRaw(balancing(), { targetHealth: true }, { ...question, purpose: 'verification' });
      expect(verifying.status).toBe('found');
      expect(new Set(verifying.facts.map(({ kind }) => kind))).toEqual(
        new Set(['service-state', 'deployment', 'task', 'target-health', 'past-deployment', 'service-deployment']),
      );
    });
  });

  it('calls only operations that read', async () => {
    const seen = new Set<string>();
    await askRaw((request, response) => {
      seen.add(String(request.headers['x-amz-target']).split('.').at(-1) ?? '');
      speakingAws(whole)(request, response);
    });
    expect([...seen].sort()).toEqual(Object.keys(whole).sort());
  });
});
