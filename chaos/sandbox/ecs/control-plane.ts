/** ECS's state and its clockwork: owns clusters, services and tasks, runs the scheduler, and carries out what it decides. */
import type { ServiceConnectConfiguration } from '@aws-sdk/client-ecs';
import { Balancer } from '../network/balancer.ts';
import type { HealthCheckSettings } from '../network/health-check.ts';
import { Brake } from '../runtime/brake/brake.ts';
import { type ImageIndex, pull } from '../runtime/images.ts';
import { PortPool } from '../runtime/ports.ts';
import type { LogSink } from '../world.ts';
import { type Account, arnOf, newDeploymentToken, newNumber, newTaskId } from './arn.ts';
import { type CapacityProvider, nextProvider, roomWithoutSpot } from './capacity-providers.ts';
import type { Cluster, Container, Deployment, Service, StopCode, Task, TaskDefinition } from './model.ts';
import { isLive } from './scheduler/census.ts';
import { beginDeployment, type NewIds, primaryOf } from './scheduler/deployments.ts';
import { announceStarted, tick } from './scheduler/tick.ts';
import type { SecretLookup } from './secrets.ts';
import { TaskDriver } from './task-driver.ts';
import { stoppedTaskRetentionMs, type Timing } from './timing.ts';

/** What an ALB target group holds beside its ARN; seconds as in the ELB API. */
export interface TargetGroupSettings {
  healthCheckPath: string;
  healthCheckIntervalSeconds?: number;
  healthCheckTimeoutSeconds?: number;
  healthyThresholdCount?: number;
  unhealthyThresholdCount?: number;
  deregistrationDelaySeconds?: number;
}

export interface ControlPlaneOptions {
  account: Account;
  timing: Timing;
  images: ImageIndex;
  logs: LogSink | null;
  secret: SecretLookup;
  /** Where the AppConfig agent beside every task listens. */
  flagsAgent: () => string;
  /** Holds running tasks to the CPU they reserve. */
  cpuLimits: boolean;
  /** Most tasks each cluster has room for. */
  capacity: number;
  idleTimeoutMs: number;
  now: () => number;
  random: () => number;
}

export type LaunchRequest = Pick<
  Task,
  'cluster' | 'service' | 'deploymentId' | 'group' | 'startedBy' | 'taskDefinition' | 'capacityProvider' | 'tags'
>;

/** A probe gets at least this long at any pace: the process is as slow as it is. */
const leastProbeTimeoutMs = 3_000;

export class ControlPlane {
  readonly options: ControlPlaneOptions;
  readonly clusters = new Map<string, Cluster>();
  /** Key: family; revisions in order. */
  readonly taskDefinitions = new Map<string, TaskDefinition[]>();
  /** Key: `cluster/service`. */
  readonly services = new Map<string, Service>();
  /** Key: task id; oldest first. */
  readonly tasks = new Map<string, Task>();
  readonly targetGroups = new Map<string, TargetGroupSettings>();
  readonly #drivers = new Map<string, TaskDriver>();
  readonly #balancers = new Map<string, Balancer>();
  readonly #ports: PortPool;
  readonly #brake = new Brake();
  readonly #listeners = new Set<() => void>();
  readonly #due = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #isStopping = false;

  constructor(options: ControlPlaneOptions) {
    this.options = options;
    this.#ports = new PortPool(options.random);
  }

  start(): void {
    this.#timer = setInterval(() => this.#tickAll(), this.options.timing.schedulerIntervalMs);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all([...this.#drivers.values()].map((driver) => driver.kill()));
    await Promise.all([...this.#balancers.values()].map((balancer) => balancer.close()));
    await this.#brake.close();
  }

  /** Called after every change of any task. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  readonly ids: NewIds = {
    deployment: () => `ecs-svc/${newNumber()}`,
    revisionArn: (service) => arnOf(this.options.account, `service-revision/${service.cluster}/${service.name}/${newNumber()}`),
    serviceDeploymentArn: (service) =>
      arnOf(this.options.account, `service-deployment/${service.cluster}/${service.name}/${newDeploymentToken()}`),
  };

  service(cluster: string, name: string): Service | undefined {
    return this.services.get(`${cluster}/${name}`);
  }

  tasksOf(cluster: string, service: string): Task[] {
    return [...this.tasks.values()].filter((task) => task.cluster === cluster && task.service === service);
  }

  balancerPort(cluster: string, service: string): number | undefined {
    return this.#balancers.get(`${cluster}/${service}`)?.port;
  }

  driver(taskId: string): TaskDriver | undefined {
    return this.#drivers.get(taskId);
  }

  async addService(service: Service, taskDefinition: TaskDefinition): Promise<void> {
    const key = `${service.cluster}/${service.name}`;
    await this.#balancers.get(key)?.close();
    this.#balancers.set(key, await this.#listenFor(service));
    beginDeployment(service, taskDefinition, this.options.now(), this.ids);
    this.services.set(key, service);
    this.schedule(service);
  }

  /** Runs the scheduler for the service soon, after the current call has been answered. */
  schedule(service: Service): void {
    const key = `${service.cluster}/${service.name}`;
    if (this.#due.has(key)) return;
    this.#due.add(key);
    setImmediate(() => {
      this.#due.delete(key);
      this.#tick(service);
    });
  }

  launch(request: LaunchRequest): Task {
    const id = newTaskId();
    const task: Task = {
      ...request,
      id,
      arn: arnOf(this.options.account, `task/${request.cluster}/${id}`),
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      version: 1,
      createdAt: this.options.now(),
      containers: containersOf(request.taskDefinition),
      hostPort: null,
      target: 'none',
      targetReason: '',
      wasHealthy: false,
      isAccounted: false,
      isRegistrationAnnounced: false,
      isDrainAnnounced: false,
    };
    this.tasks.set(id, task);
    const driver = new TaskDriver(task, {
      timing: this.options.timing,
      images: this.options.images,
      ports: this.#ports,
      logs: this.options.logs,
      brake: this.#brake,
      cpuLimits: this.options.cpuLimits,
      secret: this.options.secret,
      flagsAgent: this.options.flagsAgent,
      now: this.options.now,
      random: this.options.random,
      resolve: (service, port) => this.#calleePort(task.cluster, service, port),
      register: (entry, port) => this.#register(entry, port),
      drain: (entry) => this.#drain(entry),
      drop: (entry) => this.#drop(entry),
      onChange: (entry) => this.#noteChange(entry),
    });
    this.#drivers.set(id, driver);
    driver.start();
    return task;
  }

  stopTask(task: Task, code: StopCode, reason: string): void {
    this.#drivers.get(task.id)?.stop(code, reason);
  }

  /** True when the registry has every image of the definition. */
  hasImages(taskDefinition: TaskDefinition): boolean {
    return containersOf(taskDefinition).every((container) => !('error' in pull(this.options.images, container.image)));
  }

  async #listenFor(service: Service): Promise<Balancer> {
    const group = service.loadBalancers[0]?.targetGroupArn;
    const settings = group === undefined ? undefined : (this.targetGroups.get(group) ?? { healthCheckPath: '/' });
    return Balancer.listen({
      healthCheck: settings === undefined ? null : this.#healthCheck(settings),
      idleTimeoutMs: this.options.idleTimeoutMs,
      deregistrationDelayMs: this.options.timing.paced(settings?.deregistrationDelaySeconds ?? 300),
      onHealth: (taskId, record) => {
        const task = this.tasks.get(taskId);
        if (task === undefined || settings === undefined || task.target === 'draining') return;
        const graceMs = this.options.timing.paced(service.healthCheckGracePeriodSeconds);
        const inGrace = this.options.now() - (task.startedAt ?? 0) < graceMs;
        if (record.state === 'unhealthy' && inGrace) setTimeout(() => this.#settleTarget(task, service), graceMs).unref();
        else task.target = record.state;
        task.targetReason = record.reason;
        this.#noteChange(task);
      },
    });
  }

  /** After the grace period, what the balancer thinks of the target counts. */
  #settleTarget(task: Task, service: Service): void {
    const record = this.#balancers.get(`${service.cluster}/${service.name}`)?.healthOf(task.id);
    if (record === undefined) return;
    task.target = record.state;
    task.targetReason = record.reason;
    this.#noteChange(task);
  }

  #healthCheck(settings: TargetGroupSettings): HealthCheckSettings {
    const { timing } = this.options;
    return {
      path: settings.healthCheckPath,
      intervalMs: timing.paced(settings.healthCheckIntervalSeconds ?? 30),
      timeoutMs: Math.max(leastProbeTimeoutMs, timing.paced(settings.healthCheckTimeoutSeconds ?? 5)),
      healthyThreshold: settings.healthyThresholdCount ?? 5,
      unhealthyThreshold: settings.unhealthyThresholdCount ?? 2,
    };
  }

  /** The balancer's port, when the service listens on the port a caller calls it by. */
  #calleePort(cluster: string, name: string, port: number): number | undefined {
    const service = this.service(cluster, name);
    return service !== undefined && listensOn(service, port) ? this.balancerPort(cluster, name) : undefined;
  }

  #register(task: Task, port: number): void {
    this.#balancers.get(`${task.cluster}/${task.service}`)?.register(task.id, port);
  }

  async #drain(task: Task): Promise<void> {
    if (task.target !== 'none') task.target = 'draining';
    await this.#balancers.get(`${task.cluster}/${task.service}`)?.drain(task.id);
  }

  #drop(task: Task): void {
    if (task.target !== 'none') task.target = 'draining';
    this.#balancers.get(`${task.cluster}/${task.service}`)?.drop(task.id);
  }

  #noteChange(task: Task): void {
    const service = this.service(task.cluster, task.service);
    if (service !== undefined) this.schedule(service);
    for (const listener of this.#listeners) listener();
  }

  #tickAll(): void {
    const oldest = this.options.now() - stoppedTaskRetentionMs;
    for (const task of this.tasks.values()) {
      if (task.stoppedAt === undefined || task.stoppedAt >= oldest) continue;
      this.tasks.delete(task.id);
      this.#drivers.delete(task.id);
    }
    for (const service of this.services.values()) this.#tick(service);
  }

  #tick(service: Service): void {
    if (this.#isStopping || service.status === 'INACTIVE') return;
    const now = this.options.now();
    const liveInCluster = [...this.tasks.values()].filter((task) => task.cluster === service.cluster && isLive(task)).length;
    const room = this.options.capacity - liveInCluster;
    const tasks = this.tasksOf(service.cluster, service.name);
    const capacity = now < service.withoutSpotUntil ? roomWithoutSpot(service.capacityProviderStrategy, providersOf(tasks), room) : room;
    const result = tick(service, tasks, { now, timing: this.options.timing, capacity });
    const started: Task[] = [];
    for (let count = 0; count < result.start; count += 1) started.push(this.#launchFor(service, primaryOf(service)));
    announceStarted(service, started, now);
    if (service.deployments.length === 0) this.#closeBalancer(service);
    for (const stop of result.stop) this.stopTask(stop.task, stop.code, stop.reason);
  }

  #closeBalancer(service: Service): void {
    const key = `${service.cluster}/${service.name}`;
    void this.#balancers.get(key)?.close();
    this.#balancers.delete(key);
  }

  #launchFor(service: Service, deployment: Deployment): Task {
    const managed = service.enableECSManagedTags
      ? { 'aws:ecs:clusterName': service.cluster, 'aws:ecs:serviceName': service.name }
      : undefined;
    const inherited = { SERVICE: service.tags, TASK_DEFINITION: deployment.taskDefinition.tags, NONE: {} }[service.propagateTags];
    return this.launch({
      cluster: service.cluster,
      service: service.name,
      deploymentId: deployment.id,
      group: `service:${service.name}`,
      startedBy: deployment.id,
      taskDefinition: deployment.taskDefinition,
      capacityProvider: nextProvider(service.capacityProviderStrategy, providersOf(this.tasksOf(service.cluster, service.name))),
      tags: { ...inherited, ...managed },
    });
  }
}

/** The ports of its Service Connect aliases, or else those of its containers. */
function listensOn(service: Service, port: number): boolean {
  const [primary] = service.deployments;
  if (primary === undefined) return false;
  const { services = [] } = (service.echoed.serviceConnectConfiguration ?? {}) as ServiceConnectConfiguration;
  const aliases = services.flatMap(({ clientAliases = [] }) => clientAliases.map((alias) => alias.port));
  if (aliases.length > 0) return aliases.includes(port);
  return containersOf(primary.taskDefinition).some(({ containerPort }) => containerPort === port);
}

function providersOf(tasks: readonly Task[]): (CapacityProvider | undefined)[] {
  return tasks.filter(isLive).map(({ capacityProvider }) => capacityProvider);
}

function containersOf(taskDefinition: TaskDefinition): Container[] {
  return (taskDefinition.input.containerDefinitions ?? []).map((definition) => {
    const containerPort = definition.portMappings?.[0]?.containerPort;
    return {
      name: definition.name ?? '',
      image: definition.image ?? '',
      essential: definition.essential !== false,
      lastStatus: 'PENDING',
      health: 'UNKNOWN',
      pid: null,
      ...(containerPort === undefined ? {} : { containerPort }),
    };
  });
}
