/**
 * A small ECS for the contract suite: one service over HTTP in ECS's own JSON 1.1, so that the actions are tested through the real SDK
 * client, lost answers included. It knows only the calls the actions make and lets a test break any of them.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type AwsDouble, answerAs, createJournal, type Journal } from '../../testing/aws-double.ts';
import { type AwsClients, createAwsClients } from '../aws/clients.ts';

export const account = 'arn:aws:ecs:eu-west-1:000000000000';
export const revision = (number: number, family = 'checkout') => `${account}:task-definition/${family}:${number}`;
export const taskId = (number: number) => number.toString(16).padStart(32, '0');
/** ISO 8601 of the n-th minute of the server's day. */
const minute = (number: number) => Date.UTC(2026, 0, 1, 0, number);

export interface DeploymentRow {
  id: string;
  status: 'PRIMARY' | 'ACTIVE';
  taskDefinition: string;
  rolloutState: string;
  createdAt: number;
  runningCount?: number;
  pendingCount?: number;
}
export interface ServiceDeploymentRow {
  arn: string;
  status: string;
  taskDefinition: string;
  createdAt: number;
}
export interface TaskRow {
  id: string;
  group: string;
  lastStatus: string;
  desiredStatus: string;
  healthStatus: string;
  stoppedReason?: string;
  stopCode?: string;
  containers?: { image: string; reason?: string }[];
}
/** What a revision says beside its ARN and its status, as it was registered. */
export type DefinitionRow = Record<string, unknown> & { tags?: { key: string; value: string }[] };

/** What the tests arrange: `shop/checkout` on revision 7, which followed revision 6; three healthy tasks. */
export interface EcsState {
  exists: boolean;
  status: string;
  desired: number;
  running: number;
  controller: string;
  minimumHealthyPercent: number;
  maximumPercent: number;
  deployments: DeploymentRow[];
  history: ServiceDeploymentRow[];
  tasks: TaskRow[];
  /** How the replacement of a stopped task looks, at once; null = none is started. */
  replacement: Pick<TaskRow, 'lastStatus' | 'healthStatus'> | null;
  taskDefinitionStatus: Record<string, string>;
  tags: Record<string, string[]>;
  definitions: Record<string, DefinitionRow>;
  /** Task definition → its images with their digests when its deployment began. */
  resolved: Record<string, { image: string; imageDigest: string }[]>;
}

export function initialState(): EcsState {
  return {
    exists: true,
    status: 'ACTIVE',
    desired: 3,
    running: 3,
    controller: 'ECS',
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    deployments: [{ id: 'ecs-svc/7', status: 'PRIMARY', taskDefinition: revision(7), rolloutState: 'COMPLETED', createdAt: minute(7) }],
    history: [
      { arn: `${account}:service-deployment/shop/checkout/d7`, status: 'SUCCESSFUL', taskDefinition: revision(7), createdAt: minute(7) },
      { arn: `${account}:service-deployment/shop/checkout/d6`, status: 'SUCCESSFUL', taskDefinition: revision(6), createdAt: minute(6) },
    ],
    tasks: [1, 2, 3].map((number) => runningTask(number)),
    replacement: null,
    taskDefinitionStatus: { [revision(6)]: 'ACTIVE', [revision(7)]: 'ACTIVE' },
    tags: {},
    definitions: {},
    resolved: {},
  };
}

/** `number` tells it from the others. */
export function runningTask(number: number, over: Partial<TaskRow> = {}): TaskRow {
  const task = { id: taskId(number), group: 'service:checkout', lastStatus: 'RUNNING', desiredStatus: 'RUNNING', healthStatus: 'HEALTHY' };
  return { ...task, ...over };
}

export interface EcsServer extends Journal {
  state: EcsState;
  /** As production creates them, on this server. */
  aws: AwsClients;
  close(): Promise<void>;
}

const changing: ReadonlySet<string> = new Set(['RegisterTaskDefinition', 'UpdateService', 'StopTask', 'StopServiceDeployment']);

/** `beside`: doubles of other AWS services, which are asked first. */
export async function startEcsServer(beside: readonly AwsDouble[] = []): Promise<EcsServer> {
  const journal = createJournal();
  const { changes, reads, trouble } = journal;
  const self: { state: EcsState } = { state: initialState() };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (beside.some((double) => answerAs(double, journal, request, body, response))) return;
    const operation =
      String(request.headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1) ?? '';
    const input = JSON.parse(body.toString()) as Record<string, unknown>;
    if (changing.has(operation)) changes.push({ operation, input });
    else reads.push(operation);
    const wrong = trouble.get(operation);
    if (wrong === 'reset') return void request.socket.destroy();
    if (wrong === 'refused') return answer(response, 400, { __type: 'AccessDeniedException', message: 'not authorized' });
    if (wrong === 'throttled') return answer(response, 400, { __type: 'ThrottlingException', message: 'Rate exceeded' });
    const reply = operations[operation]?.(self.state, input);
    if (wrong === 'lost') return void request.socket.destroy();
    if (wrong === 'failed') return answer(response, 500, { __type: 'ServerException', message: 'internal error' });
    if (!reply) return answer(response, 400, { __type: 'ClientException', message: 'no such thing' });
    answer(response, 200, reply);
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const aws = createAwsClients({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  return Object.assign(self, {
    ...journal,
    aws,
    async close() {
      aws.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}

const operations: Record<string, (state: EcsState, input: Record<string, unknown>) => object | undefined> = {
  DescribeServices: (state, { cluster, services }) => {
    const known = state.exists && cluster === 'shop' && Array.isArray(services) && services[0] === 'checkout';
    return { services: known ? [serviceReply(state)] : [], failures: known ? [] : [{ reason: 'MISSING' }] };
  },
  ListServiceDeployments: (state) => ({
    serviceDeployments: state.history.map(({ arn, status, createdAt, taskDefinition }) => ({
      serviceDeploymentArn: arn,
      targetServiceRevisionArn: `revision-of-${taskDefinition}`,
      status,
      createdAt: createdAt / 1000,
      ...(status === 'SUCCESSFUL' ? { finishedAt: createdAt / 1000 } : {}),
    })),
  }),
  DescribeServiceRevisions: (state, { serviceRevisionArns }) => ({
    serviceRevisions: (serviceRevisionArns as string[]).map((arn) => {
      const taskDefinition = arn.replace('revision-of-', '');
      return { serviceRevisionArn: arn, taskDefinition, containerImages: state.resolved[taskDefinition] ?? [] };
    }),
  }),
  DescribeTaskDefinition: (state, { taskDefinition }) => {
    const status = state.taskDefinitionStatus[String(taskDefinition)];
    if (!status) return undefined;
    const { tags = [], ...content } = state.definitions[String(taskDefinition)] ?? {};
    const marks = (state.tags[String(taskDefinition)] ?? []).map((key) => ({ key, value: 'x' }));
    return { taskDefinition: { ...content, taskDefinitionArn: taskDefinition, status }, tags: [...marks, ...tags] };
  },
  ListTaskDefinitions: (state, { familyPrefix, status }) => ({
    taskDefinitionArns: Object.keys(state.taskDefinitionStatus)
      .filter((arn) => arn.includes(`/${String(familyPrefix)}:`) && state.taskDefinitionStatus[arn] === status)
      .sort((one, other) => numberOf(other) - numberOf(one)),
  }),
  RegisterTaskDefinition: (state, input) => {
    const family = String(input.family);
    const arn = revision(Math.max(...Object.keys(state.taskDefinitionStatus).map(numberOf)) + 1, family);
    state.taskDefinitionStatus[arn] = 'ACTIVE';
    state.definitions[arn] = input;
    return { taskDefinition: { ...input, taskDefinitionArn: arn, status: 'ACTIVE' } };
  },
  ListTasks: (state, { desiredStatus = 'RUNNING' }) => ({
    taskArns: state.tasks.filter((task) => task.desiredStatus === desiredStatus).map((task) => arnOf(task)),
  }),
  DescribeTasks: (state, { tasks }) => {
    const wanted = tasks as string[];
    const found = state.tasks.filter((task) => wanted.includes(task.id) || wanted.includes(arnOf(task)));
    const missing = wanted.filter((name) => !found.some((task) => name.endsWith(task.id)));
    return {
      tasks: found.map(({ id: _id, ...task }, at) => ({ ...task, taskArn: arnOf(found[at] as TaskRow) })),
      failures: missing.map((arn) => ({ arn, reason: 'MISSING' })),
    };
  },
  UpdateService: (state, { taskDefinition, desiredCount, forceNewDeployment }) => {
    if (typeof desiredCount === 'number') state.desired = desiredCount;
    const before = state.deployments[0]?.taskDefinition ?? '';
    if (forceNewDeployment === true || (typeof taskDefinition === 'string' && taskDefinition !== before)) {
      deploy(state, typeof taskDefinition === 'string' ? taskDefinition : before);
    }
    return { service: serviceReply(state) };
  },
  StopTask: (state, { task: name, reason }) => {
    const task = state.tasks.find((one) => String(name).endsWith(one.id));
    if (!task) return undefined;
    if (task.desiredStatus === 'RUNNING') {
      // ECS keeps the reason of whoever was first.
      Object.assign(task, {
        desiredStatus: 'STOPPED',
        lastStatus: 'DEACTIVATING',
        stoppedReason: String(reason),
        stopCode: 'UserInitiated',
      });
      if (state.replacement) state.tasks.push(runningTask(state.tasks.length + 1, state.replacement));
    }
    return { task: { taskArn: arnOf(task) } };
  },
  StopServiceDeployment: (state, { serviceDeploymentArn, stopType }) => {
    const running = state.history.find((row) => row.arn === serviceDeploymentArn && row.status === 'IN_PROGRESS');
    if (!running) return undefined;
    if (stopType === 'ABORT') {
      running.status = 'STOPPED';
      Object.assign(state.deployments[0] ?? {}, { rolloutState: 'FAILED' });
      return { serviceDeploymentArn };
    }
    running.status = 'ROLLBACK_IN_PROGRESS';
    const target = state.history.find((row) => row.status === 'SUCCESSFUL');
    if (target) setPrimary(state, `ecs-svc/${state.deployments.length + 100}`, target.taskDefinition, 'IN_PROGRESS');
    return { serviceDeploymentArn };
  },
};

/** `…/checkout:7` → 7 */
function numberOf(arn: string): number {
  return Number(arn.split(':').at(-1));
}

/** As an operator or a pipeline would: a new PRIMARY deployment of this revision, still in progress. */
export function deploy(state: EcsState, taskDefinition: string): void {
  const number = state.history.length + 7;
  setPrimary(state, `ecs-svc/${number}`, taskDefinition, 'IN_PROGRESS');
  const arn = `${account}:service-deployment/shop/checkout/d${number}`;
  state.history.unshift({ arn, status: 'IN_PROGRESS', taskDefinition, createdAt: minute(number) });
}

function setPrimary(state: EcsState, id: string, taskDefinition: string, rolloutState: string): void {
  const createdAt = minute(state.history.length + 7);
  const older = state.deployments.map((deployment) => ({ ...deployment, status: 'ACTIVE' as const }));
  state.deployments = [{ id, status: 'PRIMARY', taskDefinition, rolloutState, createdAt }, ...older];
}

function serviceReply(state: EcsState): object {
  return {
    serviceName: 'checkout',
    serviceArn: `${account}:service/shop/checkout`,
    clusterArn: `${account}:cluster/shop`,
    status: state.status,
    desiredCount: state.desired,
    runningCount: state.running,
    pendingCount: 0,
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: state.controller },
    deploymentConfiguration: { minimumHealthyPercent: state.minimumHealthyPercent, maximumPercent: state.maximumPercent },
    deployments: state.deployments.map((deployment) => ({ ...deployment, createdAt: deployment.createdAt / 1000 })),
  };
}

function arnOf(task: TaskRow): string {
  return `${account}:task/shop/${task.id}`;
}
