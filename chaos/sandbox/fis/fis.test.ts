import type { AddressInfo } from 'node:net';
import {
  CreateExperimentTemplateCommand,
  type CreateExperimentTemplateCommandInput,
  DeleteExperimentTemplateCommand,
  type Experiment,
  FisClient,
  GetActionCommand,
  GetExperimentCommand,
  GetExperimentTemplateCommand,
  ListActionsCommand,
  ListExperimentsCommand,
  ListExperimentTemplatesCommand,
  StartExperimentCommand,
  StopExperimentCommand,
} from '@aws-sdk/client-fis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal } from '../wire/journal.ts';
import { createWireServer } from '../wire/server.ts';
import type { NetworkFault, SandboxTask, TaskStress, World } from '../world.ts';
import { createFis } from './fis.ts';

const MINUTE_MS = 60_000;
const pace = 60;

/** Time that moves only when told to. */
class FakeTime {
  now = Date.UTC(2026, 0, 31, 12);
  #timers: { at: number; then: () => void }[] = [];

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.now + ms, then };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.#timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.now = next.at;
      next.then();
    }
    this.now = end;
  }
}

class FakeWorld implements World {
  readonly all: SandboxTask[] = [];
  readonly faults = new Map<string, NetworkFault>();
  readonly stresses = new Map<string, TaskStress>();
  readonly done: string[] = [];

  add(id: string, service: string, more: Partial<SandboxTask> = {}): void {
    const arn = `arn:aws:ecs:us-east-1:123456789012:task/shop/${id}`;
    this.all.push({ arn, id, cluster: 'shop', service, family: service, lastStatus: 'RUNNING', pid: 1, tags: {}, ...more });
  }

  tasks(filter: { cluster?: string; service?: string }): SandboxTask[] {
    return this.all.filter((t) => (filter.cluster ?? t.cluster) === t.cluster && (filter.service ?? t.service) === t.service);
  }

  task(arnOrId: string): SandboxTask | undefined {
    return this.all.find(({ arn, id }) => arn === arnOrId || id === arnOrId);
  }

  stopTask(arn: string): void {
    this.done.push(`stop ${this.task(arn)?.id}`);
  }

  signalTask(arn: string, signal: string): void {
    this.done.push(`${signal} ${this.task(arn)?.id}`);
  }

  applyNetworkFault(arn: string, fault: NetworkFault): () => void {
    const id = this.task(arn)?.id ?? '';
    if (this.faults.has(id)) throw new Error(`task ${id} already has a network fault`);
    this.faults.set(id, fault);
    return () => this.faults.delete(id);
  }

  applyStress(arn: string, stress: TaskStress): () => void {
    const id = this.task(arn)?.id ?? '';
    this.stresses.set(id, stress);
    return () => this.stresses.delete(id);
  }
}

const tasksOf = (service: string, selectionMode = 'ALL') => ({
  resourceType: 'aws:ecs:task',
  parameters: { cluster: 'shop', service },
  selectionMode,
});
const on = (target: string) => ({ Tasks: target });
const latency = { duration: 'PT5M', useEcsFaultInjectionEndpoints: 'true' };

function templateWith(changes: Partial<CreateExperimentTemplateCommandInput>): CreateExperimentTemplateCommandInput {
  return {
    description: 'one catalog task loses its database',
    roleArn: 'arn:aws:iam::123456789012:role/fis',
    stopConditions: [{ source: 'none' }],
    targets: { catalog: tasksOf('catalog') },
    actions: { stop: { actionId: 'aws:ecs:stop-task', targets: on('catalog') } },
    ...changes,
  };
}

describe('Fault Injection Service', () => {
  let time: FakeTime;
  let world: FakeWorld;
  let fis: ReturnType<typeof createFis>;
  let server: ReturnType<typeof createWireServer>;
  let client: FisClient;
  let random: () => number;

  beforeEach(async () => {
    time = new FakeTime();
    world = new FakeWorld();
    random = () => 0;
    for (const id of ['a', 'b', 'c']) world.add(id, 'catalog', { tags: id === 'b' ? { zone: 'one', tier: 'web' } : { zone: 'one' } });
    world.add('d', 'cart');
    world.add('e', 'catalog', { lastStatus: 'STOPPED' });
    fis = createFis(world, { pace, now: () => time.now, after: (ms, then) => time.after(ms, then), random: () => random() });
    server = createWireServer({ modules: [fis], journal: new Journal(), now: () => time.now });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // The chaos scripts are given nothing but the SDK's own variables.
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIACHAOSSCRIPTS0000');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x');
    client = new FisClient({ maxAttempts: 1 });
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function start(changes: Partial<CreateExperimentTemplateCommandInput>): Promise<string> {
    const { experimentTemplate } = await client.send(new CreateExperimentTemplateCommand(templateWith(changes)));
    const { experiment } = await client.send(new StartExperimentCommand({ experimentTemplateId: experimentTemplate?.id }));
    expect(experiment?.state?.status).toBe('pending');
    time.advance(0);
    return experiment?.id ?? '';
  }

  async function read(id: string): Promise<Experiment> {
    const { experiment } = await client.send(new GetExperimentCommand({ id }));
    if (!experiment) throw new Error('no experiment in the answer');
    return experiment;
  }

  it('stores, lists and deletes templates', async () => {
    const { experimentTemplate } = await client.send(new CreateExperimentTemplateCommand(templateWith({ tags: { team: 'shop' } })));
    const id = experimentTemplate?.id;
    expect(id).toMatch(/^EXT/);
    const read = await client.send(new GetExperimentTemplateCommand({ id }));
    expect(read.experimentTemplate).toMatchObject({
      id,
      actions: { stop: { actionId: 'aws:ecs:stop-task', targets: { Tasks: 'catalog' } } },
      creationTime: new Date(time.now),
    });
    const listed = await client.send(new ListExperimentTemplatesCommand({}));
    expect(listed.experimentTemplates).toMatchObject([{ id, tags: { team: 'shop' } }]);
    await client.send(new DeleteExperimentTemplateCommand({ id }));
    await expect(client.send(new GetExperimentTemplateCommand({ id }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(client.send(new StartExperimentCommand({ experimentTemplateId: id }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('starts one experiment for one client token', async () => {
    const { experimentTemplate } = await client.send(new CreateExperimentTemplateCommand(templateWith({})));
    const command = { experimentTemplateId: experimentTemplate?.id, clientToken: 'once' };
    const [first, second] = [
      await client.send(new StartExperimentCommand(command)),
      await client.send(new StartExperimentCommand(command)),
    ];
    expect(second.experiment?.id).toBe(first.experiment?.id);
    expect((await client.send(new ListExperimentsCommand({}))).experiments).toHaveLength(1);
  });

  it('lists and describes the actions it imitates', async () => {
    const { actions } = await client.send(new ListActionsCommand({}));
    expect(actions?.map(({ id }) => id)).toEqual([
      'aws:ecs:stop-task',
      'aws:ecs:task-kill-process',
      'aws:ecs:task-network-latency',
      'aws:ecs:task-network-packet-loss',
      'aws:ecs:task-network-blackhole-port',
      'aws:ecs:task-cpu-stress',
      'aws:ecs:task-io-stress',
      'aws:fis:wait',
    ]);
    const { action } = await client.send(new GetActionCommand({ id: 'aws:ecs:task-network-blackhole-port' }));
    expect(action?.parameters?.port).toMatchObject({ required: true });
    await expect(client.send(new GetActionCommand({ id: 'aws:ecs:task-banana' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('stops every running task of the target and completes', async () => {
    const id = await start({});
    time.advance(0);
    expect(world.done).toEqual(['stop a', 'stop b', 'stop c']);
    expect(await read(id)).toMatchObject({
      state: { status: 'completed', reason: 'Experiment completed.' },
      actions: { stop: { state: { status: 'completed' } } },
      endTime: new Date(time.now),
    });
  });

  it('sends the signal to the process of the task', async () => {
    const kill = (processName: string) =>
      start({
        actions: {
          kill: { actionId: 'aws:ecs:task-kill-process', targets: on('catalog'), parameters: { processName, signal: 'SIGKILL' } },
        },
      });
    await kill('node');
    expect(world.done).toEqual(['SIGKILL a', 'SIGKILL b', 'SIGKILL c']);
    expect((await read(await kill('nginx'))).state).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('no process found'),
    });
  });

  it('holds a network fault for its duration at the given pace and then removes it', async () => {
    const parameters = { duration: 'PT5M', port: '5432', trafficType: 'egress', useEcsFaultInjectionEndpoints: 'true' };
    const id = await start({
      targets: { catalog: tasksOf('catalog', 'COUNT(1)') },
      actions: { hole: { actionId: 'aws:ecs:task-network-blackhole-port', targets: on('catalog'), parameters } },
    });
    expect([...world.faults]).toEqual([['a', { kind: 'blackhole-port', port: 5432, trafficType: 'egress' }]]);
    time.advance((5 * MINUTE_MS) / pace - 1);
    expect(await read(id)).toMatchObject({ state: { status: 'running' }, actions: { hole: { state: { status: 'running' } } } });
    expect(world.faults.size).toBe(1);
    time.advance(1);
    expect(world.faults.size).toBe(0);
    expect((await read(id)).state?.status).toBe('completed');
  });

  it('stresses tasks for a duration: by default every CPU a small task sees, fully, and one writer', async () => {
    const id = await start({
      targets: { catalog: tasksOf('catalog', 'COUNT(2)'), cart: tasksOf('cart') },
      actions: {
        busy: { actionId: 'aws:ecs:task-cpu-stress', targets: on('catalog'), parameters: { duration: 'PT5M' } },
        full: { actionId: 'aws:ecs:task-io-stress', targets: on('cart'), parameters: { duration: 'PT9M' } },
      },
    });
    const cpu = { kind: 'cpu', workers: 2, percent: 100 };
    expect(Object.fromEntries(world.stresses)).toEqual({ a: cpu, b: cpu, d: { kind: 'io', workers: 1 } });
    time.advance((5 * MINUTE_MS) / pace);
    expect([...world.stresses.keys()]).toEqual(['d']);
    await client.send(new StopExperimentCommand({ id }));
    expect(world.stresses.size).toBe(0);
  });

  it('uses the defaults of AWS for what is not given', async () => {
    await start({
      targets: { catalog: tasksOf('catalog', 'COUNT(1)'), cart: tasksOf('cart') },
      actions: {
        slow: { actionId: 'aws:ecs:task-network-latency', targets: on('catalog'), parameters: latency },
        lossy: { actionId: 'aws:ecs:task-network-packet-loss', targets: on('cart'), parameters: latency },
      },
    });
    expect(Object.fromEntries(world.faults)).toEqual({
      a: { kind: 'latency', delayMs: 200, jitterMs: 10 },
      d: { kind: 'packet-loss', lossPercent: 7 },
    });
  });

  it('starts an action after the ones it waits for', async () => {
    const id = await start({
      actions: {
        last: { actionId: 'aws:ecs:stop-task', targets: on('catalog'), startAfter: ['pause', 'slow'] },
        pause: { actionId: 'aws:fis:wait', parameters: { duration: 'PT2M' } },
        slow: {
          actionId: 'aws:ecs:task-network-latency',
          targets: on('catalog'),
          parameters: { ...latency, duration: 'PT1M' },
          startAfter: ['pause'],
        },
      },
    });
    expect((await read(id)).actions).toMatchObject({ last: { state: { status: 'pending' } }, slow: { state: { status: 'pending' } } });
    time.advance((2 * MINUTE_MS) / pace);
    expect(world.faults.size).toBe(3);
    expect(world.done).toEqual([]);
    time.advance(MINUTE_MS / pace);
    expect([world.faults.size, world.done.length]).toEqual([0, 3]);
    expect((await read(id)).state?.status).toBe('completed');
  });

  it('removes the faults when it is stopped, and cannot be stopped twice', async () => {
    const id = await start({
      actions: {
        slow: { actionId: 'aws:ecs:task-network-latency', targets: on('catalog'), parameters: latency },
        later: { actionId: 'aws:ecs:stop-task', targets: on('catalog'), startAfter: ['slow'] },
      },
    });
    const { experiment } = await client.send(new StopExperimentCommand({ id }));
    expect(experiment?.state?.status).toBe('stopping');
    expect(world.faults.size).toBe(0);
    time.advance(10 * MINUTE_MS);
    expect(await read(id)).toMatchObject({
      state: { status: 'stopped' },
      actions: { slow: { state: { status: 'stopped' } }, later: { state: { status: 'cancelled' } } },
    });
    expect(world.done).toEqual([]);
    await expect(client.send(new StopExperimentCommand({ id }))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('fails, and leaves no fault behind, when a task has a network fault already', async () => {
    await start({
      targets: { catalog: { ...tasksOf('catalog'), parameters: undefined, resourceTags: { tier: 'web' } } },
      actions: { slow: { actionId: 'aws:ecs:task-network-latency', targets: on('catalog'), parameters: latency } },
    });
    const second = await start({
      actions: { lossy: { actionId: 'aws:ecs:task-network-packet-loss', targets: on('catalog'), parameters: latency } },
    });
    expect([...world.faults.keys()]).toEqual(['b']);
    expect(await read(second)).toMatchObject({
      state: { status: 'failed', reason: expect.stringContaining('already has a network fault') },
      actions: { lossy: { state: { status: 'failed' } } },
    });
  });

  it('fails a network action on Fargate without the ECS fault injection endpoints', async () => {
    const id = await start({
      actions: { slow: { actionId: 'aws:ecs:task-network-latency', targets: on('catalog'), parameters: { duration: 'PT1M' } } },
    });
    expect((await read(id)).state).toMatchObject({ status: 'failed', reason: expect.stringContaining('useEcsFaultInjectionEndpoints') });
    expect(world.faults.size).toBe(0);
  });

  it.each([
    ['all tags', { resourceTags: { zone: 'one', tier: 'web' } }, 'ALL', ['stop b']],
    ['a random pick of two', { parameters: { cluster: 'shop', service: 'catalog' } }, 'COUNT(2)', ['stop c', 'stop b']],
    ['half, rounded down', { parameters: { cluster: 'shop', service: 'catalog' } }, 'PERCENT(67)', ['stop c', 'stop b']],
    ['a filter', { parameters: { cluster: 'shop' }, filters: [{ path: 'Group', values: ['service:cart'] }] }, 'ALL', ['stop d']],
    ['ARNs', { resourceArns: ['arn:aws:ecs:us-east-1:123456789012:task/shop/c'] }, 'ALL', ['stop c']],
  ])('chooses tasks by %s', async (_, target, selectionMode, expected) => {
    random = () => 0.99;
    await start({ targets: { catalog: { resourceType: 'aws:ecs:task', selectionMode, ...target } } });
    expect(world.done).toEqual(expected);
  });

  it('resolves targets once, so that a replacement is free of the fault', async () => {
    await start({
      actions: {
        slow: { actionId: 'aws:ecs:task-network-latency', targets: on('catalog'), parameters: latency },
        later: { actionId: 'aws:ecs:stop-task', targets: on('catalog'), startAfter: ['slow'] },
      },
    });
    world.add('f', 'catalog');
    time.advance(6 * MINUTE_MS);
    expect(world.done).toEqual(['stop a', 'stop b', 'stop c']);
  });

  it('fails on an empty target, or skips it when told to', async () => {
    const targets = { catalog: tasksOf('payment'), cart: tasksOf('cart') };
    const actions = {
      none: { actionId: 'aws:ecs:stop-task', targets: on('catalog') },
      some: { actionId: 'aws:ecs:stop-task', targets: on('cart'), startAfter: ['none'] },
    };
    const failed = await read(await start({ targets, actions }));
    expect(failed.state).toEqual({ status: 'failed', reason: 'Target resolution returned empty set' });
    expect(world.done).toEqual([]);
    const skipped = await read(await start({ targets, actions, experimentOptions: { emptyTargetResolutionMode: 'skip' } }));
    expect(skipped).toMatchObject({ state: { status: 'completed' }, actions: { none: { state: { status: 'skipped' } } } });
    expect(world.done).toEqual(['stop d']);
    const tooFew = await read(await start({ targets: { catalog: tasksOf('catalog', 'PERCENT(33)') } }));
    expect(tooFew.state?.status).toBe('failed');
  });

  it('undoes running faults when the sandbox closes', async () => {
    await start({ actions: { slow: { actionId: 'aws:ecs:task-network-latency', targets: on('catalog'), parameters: latency } } });
    fis.close();
    expect(world.faults.size).toBe(0);
  });

  const action = (actionId: string, parameters?: Record<string, string>) => ({
    actions: { it: { actionId, targets: on('catalog'), parameters } },
  });
  const target = (changes: object) => ({ targets: { catalog: { ...tasksOf('catalog'), ...changes } } });
  it.each<[string, Partial<CreateExperimentTemplateCommandInput>]>([
    ['aws:ecs:drain-container-instances is not imitated', action('aws:ecs:drain-container-instances', { duration: 'PT1M' })],
    ["'65': must be a whole number from 0 to 64", action('aws:ecs:task-cpu-stress', { duration: 'PT1M', workers: '65' })],
    ["'0': must be a whole number from 1 to 100", action('aws:ecs:task-io-stress', { duration: 'PT1M', percent: '0' })],
    ['parameter duration of aws:ecs:task-network-latency is required', action('aws:ecs:task-network-latency', {})],
    ["'PT59S': must be from 1 minute", action('aws:ecs:task-network-latency', { duration: 'PT59S' })],
    ["'PT13H': must be from 1 minute (PT1M) to 12 hours", action('aws:ecs:task-network-latency', { duration: 'PT13H' })],
    ["'5m': must be an ISO 8601 duration", action('aws:ecs:task-network-latency', { duration: '5m' })],
    ['has no parameter delay', action('aws:ecs:task-network-latency', { ...latency, delay: '5' })],
    ["'101': must be a whole number from 0 to 100", action('aws:ecs:task-network-packet-loss', { ...latency, lossPercent: '101' })],
    ['imitates only ALL', action('aws:ecs:task-network-latency', { ...latency, sources: '10.0.0.1' })],
    ['parameter port of', action('aws:ecs:task-network-blackhole-port', { ...latency, trafficType: 'egress' })],
    [
      "'sideways': must be one of ingress, egress",
      action('aws:ecs:task-network-blackhole-port', { ...latency, port: '1', trafficType: 'sideways' }),
    ],
    ['CloudWatch alarms are not imitated', { stopConditions: [{ source: 'aws:cloudwatch:alarm', value: 'arn:aws:cloudwatch:x' }] }],
    ['needs a target Tasks', { actions: { it: { actionId: 'aws:ecs:stop-task' } } }],
    ['refers to the target other', { actions: { it: { actionId: 'aws:ecs:stop-task', targets: on('other') } } }],
    ['resource type aws:ec2:instance is not imitated', target({ resourceType: 'aws:ec2:instance' })],
    ["selectionMode 'COUNT(0)'", target({ selectionMode: 'COUNT(0)' })],
    ["selectionMode 'PERCENT(101)'", target({ selectionMode: 'PERCENT(101)' })],
    ['filter path AvailabilityZone is not imitated', target({ filters: [{ path: 'AvailabilityZone', values: ['a'] }] })],
    ['cannot be combined', target({ resourceArns: ['arn:aws:ecs:x'] })],
    ['needs resourceArns, resourceTags, or the parameters', target({ parameters: undefined })],
    ['service needs the parameter cluster', target({ parameters: { service: 'catalog' } })],
    ['starts after ghost', { actions: { it: { actionId: 'aws:fis:wait', parameters: { duration: 'PT1M' }, startAfter: ['ghost'] } } }],
    ['in a circle: it → it', { actions: { it: { actionId: 'aws:fis:wait', parameters: { duration: 'PT1M' }, startAfter: ['it'] } } }],
    ['roleArn', { roleArn: 'fis' }],
    ['stopConditions', { stopConditions: [] }],
  ])('refuses a template: %s', async (message, changes) => {
    await expect(client.send(new CreateExperimentTemplateCommand(templateWith(changes)))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    });
  });
});
