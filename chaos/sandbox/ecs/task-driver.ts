/** Leads one task through its life: network, processes, target registration, draining, stop. Decides nothing about services. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { TaskNetwork } from '../network/service-connect.ts';
import type { Brake } from '../runtime/brake/brake.ts';
import { type ContainerExit, type RunningContainer, startContainer } from '../runtime/container.ts';
import { type ImageIndex, pull } from '../runtime/images.ts';
import type { PortPool } from '../runtime/ports.ts';
import type { LogSink, TaskStress } from '../world.ts';
import { ContainerHealthCheck } from './container-health.ts';
import type { Container, StopCode, Task, TaskStatus } from './model.ts';
import { stopReason } from './scheduler/events.ts';
import { type SecretLookup, secretsOf } from './secrets.ts';
import { TaskBrake } from './task-brake.ts';
import type { Timing } from './timing.ts';

export interface TaskDriverOptions {
  timing: Timing;
  images: ImageIndex;
  ports: PortPool;
  logs: LogSink | null;
  brake: Brake;
  /** Holds a task that runs to the CPU its definition reserves. */
  cpuLimits: boolean;
  secret: SecretLookup;
  now: () => number;
  random: () => number;
  /** Balancer port of a service in the task's cluster, when it listens on that port. */
  resolve: (service: string, port: number) => number | undefined;
  /** Where the AppConfig agent beside every task listens. */
  flagsAgent: () => string;
  /** Puts the task behind its service's balancer. */
  register: (task: Task, port: number) => void;
  /** Takes it out; resolves when its requests are done. */
  drain: (task: Task) => Promise<void>;
  /** Takes it out at once. */
  drop: (task: Task) => void;
  onChange: (task: Task) => void;
}

interface Running {
  container: Container;
  process: RunningContainer;
  health: ContainerHealthCheck | null;
}

/** ECS default, and the least a process gets at any pace. */
const defaultStopTimeoutSeconds = 30;
const leastStopTimeoutMs = 500;

export class TaskDriver {
  readonly task: Task;
  readonly #options: TaskDriverOptions;
  readonly #running: Running[] = [];
  readonly #stopAsked = new AbortController();
  readonly #brake: TaskBrake;
  #up: Promise<void> = Promise.resolve();
  #network: TaskNetwork | null = null;
  #appPort: number | null = null;
  readonly #finished: Promise<void>;
  readonly #isFinished: () => void;

  constructor(task: Task, options: TaskDriverOptions) {
    this.task = task;
    this.#options = options;
    this.#brake = new TaskBrake(options.brake, task.taskDefinition.input.cpu, options.cpuLimits);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#finished = promise;
    this.#isFinished = resolve;
  }

  get network(): TaskNetwork | null {
    return this.#network;
  }

  /** Resolves when the task is STOPPED and nothing of it is left. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  start(): void {
    this.#up = this.#bringUp().catch((error: unknown) => {
      if (this.#stopAsked.signal.aborted) return;
      this.stop('TaskFailedToStart', error instanceof Error ? error.message : String(error));
    });
  }

  /** Drains, then SIGTERM, then SIGKILL after the stop timeout. Does nothing to a task that is stopping already. */
  stop(code: StopCode, reason: string): void {
    const { task } = this;
    if (task.desiredStatus === 'STOPPED') return;
    task.desiredStatus = 'STOPPED';
    task.stopCode = code;
    task.stoppedReason = reason;
    task.stoppingAt = this.#options.now();
    this.#stopAsked.abort();
    void this.#bringDown();
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    for (const { process } of this.#running) process.signal(signal);
  }

  /** Answers the remover. */
  stress(stress: TaskStress): () => void {
    return this.#brake.stress(stress);
  }

  /** SIGKILL for everything, now: the sandbox itself is stopping. */
  async kill(): Promise<void> {
    this.stop('UserInitiated', 'The sandbox was stopped');
    this.#options.drop(this.task);
    this.signal('SIGKILL');
    await Promise.all(this.#running.map((entry) => entry.process.exited));
    await this.#network?.close();
  }

  #move(status: TaskStatus): void {
    this.task.lastStatus = status;
    this.task.version += 1;
    this.#options.onChange(this.task);
  }

  async #bringUp(): Promise<void> {
    const { task } = this;
    const { timing, now } = this.#options;
    const { signal } = this.#stopAsked;
    this.#options.onChange(task);
    await sleep(timing.provisioningMs, undefined, { signal });
    await this.#attachNetwork();
    signal.throwIfAborted();
    task.pullStartedAt = now();
    this.#move('PENDING');
    const secrets = task.containers.map((container) => secretsOf(this.#definitionOf(container), this.#options.secret));
    for (const found of secrets) if ('error' in found) throw new Error(found.error);
    await sleep(timing.pullMs, undefined, { signal });
    const entries = task.containers.map((container) => pull(this.#options.images, container.image));
    for (const [index, entry] of entries.entries()) {
      if (!('error' in entry)) continue;
      const container = task.containers[index];
      if (container !== undefined) container.reason = entry.error;
      throw new Error(entry.error);
    }
    task.pullStoppedAt = now();
    for (const [index, entry] of entries.entries()) {
      const container = task.containers[index];
      const secret = secrets[index];
      if (container === undefined || secret === undefined || 'error' in entry || 'error' in secret) continue;
      await this.#startContainer(container, entry.entry, secret.env);
    }
    this.#move('ACTIVATING');
    await this.#waitForListening(signal);
    signal.throwIfAborted();
    task.startedAt = now();
    // A process boots at its own speed, whatever the task reserves.
    this.#brake.begin();
    if (task.hostPort !== null) this.#options.register(task, task.hostPort);
    this.#move('RUNNING');
  }

  async #attachNetwork(): Promise<void> {
    const { ports, random, resolve, flagsAgent } = this.#options;
    this.#appPort = await ports.take();
    const containerPort = this.task.containers.find((container) => container.containerPort !== undefined)?.containerPort;
    this.#network = await TaskNetwork.attach({ appPort: this.#appPort, containerPort: containerPort ?? 0, resolve, flagsAgent, random });
    if (containerPort !== undefined) this.task.hostPort = this.#network.port;
  }

  async #startContainer(container: Container, entry: string, secrets: Readonly<Record<string, string>>): Promise<void> {
    const definition = this.#definitionOf(container);
    const env: Record<string, string> = { PATH: process.env.PATH ?? '', HOSTNAME: this.task.id };
    for (const { name, value } of definition.environment ?? []) {
      if (name !== undefined) env[name] = (await this.#network?.rewrite(value ?? '')) ?? '';
    }
    Object.assign(env, secrets);
    if (container.containerPort !== undefined) env.PORT = String(this.#appPort);
    this.#stopAsked.signal.throwIfAborted();
    const memoryMiB = definition.memory ?? Number(this.task.taskDefinition.input.memory ?? 0);
    const started = startContainer({
      entry,
      command: definition.command ?? [],
      env,
      onLine: this.#logger(definition),
      memoryLimitBytes: memoryMiB > 0 ? memoryMiB * 1024 * 1024 : null,
    });
    container.pid = started.pid;
    this.#brake.add(started.pid);
    container.lastStatus = 'RUNNING';
    const health = this.#watchHealth(container, definition, env);
    this.#running.push({ container, process: started, health });
    void started.exited.then((exit) => this.#noteExit(container, exit));
  }

  #definitionOf(container: Container): ContainerDefinition {
    return this.task.taskDefinition.input.containerDefinitions?.find((definition) => definition.name === container.name) ?? {};
  }

  #watchHealth(container: Container, definition: ContainerDefinition, env: Record<string, string>): ContainerHealthCheck | null {
    if (definition.healthCheck === undefined) return null;
    return new ContainerHealthCheck(definition.healthCheck, this.#options.timing, this.#appPort ?? 0, env, (health) => {
      container.health = health;
      this.#options.onChange(this.task);
    });
  }

  #logger(definition: ContainerDefinition): (line: string) => void {
    const { logs, now } = this.#options;
    const settings = definition.logConfiguration?.options ?? {};
    const group = settings['awslogs-group'];
    if (logs === null || definition.logConfiguration?.logDriver !== 'awslogs' || group === undefined) return () => {};
    const prefix = settings['awslogs-stream-prefix'];
    const stream = prefix === undefined ? `${definition.name}-${this.task.id}` : `${prefix}/${definition.name}/${this.task.id}`;
    return (line) => logs.append(group, stream, now(), line);
  }

  #noteExit(container: Container, exit: ContainerExit): void {
    const { task } = this;
    container.exitCode = exit.exitCode;
    this.#brake.remove(container.pid);
    container.pid = null;
    container.lastStatus = 'STOPPED';
    if (exit.isOutOfMemory) container.reason = 'OutOfMemoryError: Container killed due to memory usage';
    this.#running.find((entry) => entry.container === container)?.health?.stop();
    if (container.essential && task.desiredStatus === 'RUNNING') {
      this.#options.drop(task);
      this.stop('EssentialContainerExited', stopReason.essentialExited);
    }
  }

  async #waitForListening(stopAsked: AbortSignal): Promise<void> {
    if (this.task.hostPort === null || this.#appPort === null) {
      await sleep(this.#options.timing.provisioningMs / 2, undefined, { signal: stopAsked });
      return;
    }
    const deadline = performance.now() + this.#options.timing.activatingMs;
    while (performance.now() < deadline && !(await accepts(this.#appPort))) await sleep(50, undefined, { signal: stopAsked });
  }

  async #bringDown(): Promise<void> {
    const { task } = this;
    const { timing, now, ports } = this.#options;
    await this.#up;
    if (this.#running.length > 0) {
      this.#move('DEACTIVATING');
      await this.#options.drain(task);
      this.#move('STOPPING');
      await Promise.all(this.#running.map((entry) => this.#end(entry)));
      task.executionStoppedAt = now();
    } else {
      for (const container of task.containers) container.lastStatus = 'STOPPED';
    }
    this.#move('DEPROVISIONING');
    await this.#network?.close();
    if (this.#appPort !== null) ports.release(this.#appPort);
    await sleep(timing.deprovisioningMs, undefined, { ref: false });
    task.stoppedAt = now();
    this.#move('STOPPED');
    this.#isFinished();
  }

  async #end({ container, process, health }: Running): Promise<void> {
    health?.stop();
    const seconds = this.#definitionOf(container).stopTimeout ?? defaultStopTimeoutSeconds;
    process.signal('SIGTERM');
    const kill = setTimeout(() => process.signal('SIGKILL'), Math.max(leastStopTimeoutMs, this.#options.timing.paced(seconds)));
    await process.exited;
    clearTimeout(kill);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
