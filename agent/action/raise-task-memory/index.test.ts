import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import type { DeploymentFact, TaskFact } from '../../domain/evidence.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { actionContract, created, depsless, depsOn, planned } from '../action.contract.ts';
import { account, deploy, type EcsServer, type EcsState, revision, startEcsServer } from '../ecs/server.contract.ts';
import { raiseTaskMemory } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const params = { ...target, deploymentId: 'ecs-svc/7', container: 'app' };
const signal = new AbortController().signal;
const effect = permitted({ signal });

const definition = {
  family: 'checkout',
  cpu: '512',
  memory: '1024',
  requiresCompatibilities: ['FARGATE'],
  taskRoleArn: 'role-of-the-task',
  executionRoleArn: 'role-of-execution',
  revision: 7,
  registeredBy: 'the pipeline',
  compatibilities: ['EC2', 'FARGATE'],
  volumes: [{ name: 'scratch' }],
  containerDefinitions: [
    { name: 'app', image: 'shop/checkout:1.5.0', memory: 768, environment: [{ name: 'PASSWORD', value: 'not to be shown' }] },
    { name: 'sidecar', image: 'shop/sidecar:1', memory: 256 },
  ],
  tags: [
    { key: 'team', value: 'shop' },
    { key: 'aws:cloudformation:stack-name', value: 'shop' },
  ],
};
function arrange(state: EcsState): void {
  state.definitions[revision(7)] = structuredClone(definition);
}
const change = (fields: object) => (state: EcsState) => Object.assign(state.definitions[revision(7)] ?? {}, fields);
const runsCopy = ({ deployments, definitions }: EcsState) => definitions[deployments[0]?.taskDefinition ?? '']?.memory === '2048';

actionContract({
  plugin: raiseTaskMemory,
  params,
  calls: ['ecs:RegisterTaskDefinition', 'ecs:UpdateService'],
  arrange,
  isApplied: runsCopy,
  isUndone: ({ deployments }) => deployments[0]?.taskDefinition === revision(7) && deployments[0].id !== 'ecs-svc/7',
  refusals: [
    { when: 'the deployment is no longer PRIMARY', arrange: (state) => deploy(state, revision(8)), reason: /no longer PRIMARY/ },
    { when: 'nothing is meant to run', arrange: (state) => Object.assign(state, { desired: 0 }), reason: /desired count is 0/ },
    {
      when: 'the deployment has not come to rest',
      arrange: ({ deployments }) => Object.assign(deployments[0] ?? {}, { rolloutState: 'IN_PROGRESS' }),
      reason: /IN_PROGRESS/,
    },
    { when: 'no task can be replaced', arrange: (state) => Object.assign(state, { maximumPercent: 100 }), reason: /would never move/ },
    { when: 'CodeDeploy drives it', arrange: (state) => Object.assign(state, { controller: 'CODE_DEPLOY' }), reason: /CODE_DEPLOY/ },
    { when: 'it is not for Fargate', arrange: change({ requiresCompatibilities: ['EC2'] }), reason: /not for Fargate/ },
    { when: 'its size is none of Fargate', arrange: change({ memory: '1000' }), reason: /no size of Fargate/ },
    { when: 'its CPU size has no more memory', arrange: change({ memory: '4096' }), reason: /the most that Fargate gives/ },
    { when: 'the next size is above the maximum', arrange: change({ cpu: '2048', memory: '8192' }), reason: /maximum of 8192/ },
    { when: 'the container is not in it', arrange: change({ containerDefinitions: [{ name: 'other' }] }), reason: /no container app/ },
  ],
});

describe('raise-task-memory', () => {
  let server: EcsServer;
  const action = (config: object = {}) => created(raiseTaskMemory, depsOn(server), config);
  const registered = () => server.changes.filter(({ operation }) => operation === 'RegisterTaskDefinition');
  beforeEach(async () => {
    server = await startEcsServer();
    arrange(server.state);
  });
  afterEach(() => server.close());

  it('registers a copy that differs in the memory alone, and says whose copy it is', async () => {
    await action().execute(await planned(action(), params), effect);
    const { revision: _r, registeredBy: _b, compatibilities: _c, ...content } = definition;
    const [app, sidecar] = definition.containerDefinitions;
    expect(registered()[0]?.input).toEqual({
      ...content,
      memory: '2048',
      containerDefinitions: [{ ...app, memory: 768 + 1024 }, sidecar],
      tags: [
        { key: 'team', value: 'shop' },
        { key: 'kintsugi:raised-from', value: 'checkout:7' },
      ],
    });
  });

  it('shows nobody what the containers are given', async () => {
    const plan = await planned(action(), params);
    expect(JSON.stringify(plan)).not.toContain('not to be shown');
    expect(plan.summary).toContain('from 1024 to 2048 MiB a task for app');
  });

  it.each([
    ['512', '256', '1024'],
    ['1024', '256', '2048'],
    ['4096', '1024', '5120'],
    ['16384', '8192', '20480'],
    ['32768', '16384', '40960'],
  ])('goes from %s MiB at %s CPU units to %s MiB, the next size Fargate has', async (memory, cpu, next) => {
    change({ cpu, memory })(server.state);
    const plan = await planned(action({ maxMemoryMib: 122_880 }), params);
    expect(plan.calls[0]?.input.memory).toBe(next);
  });

  it('needs no container when there is only one, or none has a limit of its own', async () => {
    const { container: _, ...unnamed } = params;
    expect(await action().plan(unnamed, signal)).toMatchObject({ notPossible: expect.stringContaining('which container') });
    change({ containerDefinitions: [{ name: 'app', memory: 1024 }] })(server.state);
    expect((await planned(action(), unnamed)).calls[0]?.input.containerDefinitions).toEqual([{ name: 'app', memory: 2048 }]);
    change({ containerDefinitions: [{ name: 'app' }, { name: 'sidecar' }] })(server.state);
    expect((await planned(action(), unnamed)).calls[0]?.input.containerDefinitions).toEqual([{ name: 'app' }, { name: 'sidecar' }]);
  });

  it('does not register twice when it died between the two calls', async () => {
    const plan = await planned(action(), params);
    server.trouble.set('UpdateService', 'reset');
    expect(await action().execute(plan, effect)).toMatchObject({ applied: 'unknown' });
    expect(await action().look(plan, signal)).toMatchObject({ applied: 'no' });
    server.trouble.clear();
    expect(await action().execute(plan, effect)).toMatchObject({ applied: 'yes' });
    expect(registered()).toHaveLength(1);
    expect(runsCopy(server.state)).toBe(true);
  });

  it('does not register twice when the answer was lost', async () => {
    const plan = await planned(action(), params);
    server.trouble.set('RegisterTaskDefinition', 'lost');
    expect(await action().execute(plan, effect)).toMatchObject({ applied: 'unknown' });
    expect(await action().look(plan, signal)).toMatchObject({ applied: 'no' });
    server.trouble.clear();
    expect(await action().execute(plan, effect)).toMatchObject({ applied: 'yes' });
    expect(registered()).toHaveLength(1);
  });

  it('never deploys what only says that it is the copy', async () => {
    const plan = await planned(action(), params);
    const containerDefinitions = [{ name: 'app', image: 'somebody/else:1', memory: 1792 }, definition.containerDefinitions[1]];
    server.state.taskDefinitionStatus[revision(8)] = 'ACTIVE';
    server.state.definitions[revision(8)] = {
      ...definition,
      memory: '2048',
      containerDefinitions,
      tags: [{ key: 'kintsugi:raised-from', value: 'checkout:7' }],
    };
    await action().execute(plan, effect);
    expect(server.state.deployments[0]?.taskDefinition).toBe(revision(9));
  });

  it('deploys nothing when somebody deploys while it registers', async () => {
    const plan = await planned(action(), params);
    let asked = 0;
    const permit = async () => {
      asked += 1;
      if (asked === 1) setImmediate(() => deploy(server.state, revision(6)));
      return { isValid: () => true };
    };
    expect(await action().execute(plan, { ...effect, permit })).toMatchObject({ applied: 'no', detail: expect.stringContaining('moved') });
    expect(server.changes.map(({ operation }) => operation)).toEqual(['RegisterTaskDefinition']);
  });

  it('names the rights of both calls and the roles it passes on', async () => {
    expect(action().rights?.(await planned(action(), params))).toEqual([
      { action: 'ecs:RegisterTaskDefinition', resource: '*' },
      { action: 'ecs:TagResource', resource: '*' },
      { action: 'ecs:UpdateService', resource: `${account}:service/shop/checkout` },
      { action: 'iam:PassRole', resource: 'role-of-the-task' },
      { action: 'iam:PassRole', resource: 'role-of-execution' },
    ]);
  });
});

describe('raise-task-memory as a proposal', () => {
  const action = created(raiseTaskMemory, depsless);
  const hypothesis: Hypothesis = { cause: 'out-of-memory', service: 'checkout', confidence: 0.9, evidence: [], because: [], refutedBy: '' };
  const primary: DeploymentFact = {
    kind: 'deployment',
    service: 'checkout',
    id: 'ecs-svc/7',
    status: 'PRIMARY',
    rolloutState: 'COMPLETED',
    rolloutReason: '',
    taskDefinition: revision(7),
    createdAt: '',
    updatedAt: '',
    failedTasks: 0,
  };
  const killed = (taskId: string, over: Partial<TaskFact> = {}): TaskFact => ({
    kind: 'task',
    service: 'checkout',
    taskId,
    taskArn: taskId,
    lastStatus: 'STOPPED',
    healthStatus: 'UNKNOWN',
    taskDefinition: revision(7),
    startedAt: null,
    stoppedAt: null,
    stopCode: 'EssentialContainerExited',
    stoppedReason: null,
    exitCode: 137,
    stopCause: 'out-of-memory',
    containers: [
      {
        name: 'app',
        essential: null,
        healthStatus: 'UNKNOWN',
        exitCode: 137,
        reason: 'OutOfMemoryError: container killed due to memory usage',
      },
      { name: 'sidecar', essential: null, healthStatus: 'UNKNOWN', exitCode: 0, reason: null },
    ],
    ...over,
  });
  const propose = (...facts: (DeploymentFact | TaskFact)[]) => action.propose(hypothesis, target, facts, incidentBrief);

  it('asks a person, always', () => {
    expect(action.needsApproval).toContain('its own source has to be changed as well');
  });

  it('names the container that was killed, in the revision that runs', () => {
    expect(propose(primary, killed('1'), killed('2'), killed('3'))).toEqual(params);
  });

  it('names none when ECS does not say which', () => {
    const { container: _, ...unnamed } = params;
    expect(propose(primary, ...['1', '2', '3'].map((id) => killed(id, { containers: [] })))).toEqual(unnamed);
  });

  it.each([
    ['too few were killed', [primary, killed('1'), killed('2')], /2 tasks .* at least 3/],
    ['one was seen three times', [primary, killed('1'), killed('1'), killed('1')], /1 tasks/],
    ['they were of an older revision', [primary, ...['1', '2', '3'].map((id) => killed(id, { taskDefinition: revision(6) }))], /0 tasks/],
    ['they ended for another reason', [primary, ...['1', '2', '3'].map((id) => killed(id, { stopCause: 'exit' }))], /0 tasks/],
    ['they belong to another service', [primary, ...['1', '2', '3'].map((id) => killed(id, { service: 'cart' }))], /0 tasks/],
    ['the PRIMARY deployment is not known', [killed('1'), killed('2'), killed('3')], /not known/],
    [
      'several containers were killed',
      [
        primary,
        killed('1'),
        killed('2'),
        killed('3', { containers: [{ name: 'sidecar', essential: null, healthStatus: '', exitCode: 137, reason: 'OutOfMemoryError' }] }),
      ],
      /several containers/,
    ],
  ] as const)('is not made when %s', (_name, facts, reason) => {
    expect(propose(...facts)).toMatchObject({ notPossible: expect.stringMatching(reason) });
  });
});
