/** What other sandbox services (FIS, CloudWatch Logs) may see of and do to the running tasks; ECS's own state stays behind it. */

export interface SandboxTask {
  arn: string;
  /** Last segment of the ARN. */
  id: string;
  /** Name, not ARN. */
  cluster: string;
  /** Service name; empty for a task started by RunTask. */
  service: string;
  family: string;
  lastStatus: string;
  /** Process (and process group) of the task's first container; null before it starts and after it ends. */
  pid: number | null;
  tags: Record<string, string>;
}

/** Port is the callee's container port as the caller knows it (egress) or the task's own (ingress); no port = all. Delays in ms, loss in percent. */
export type NetworkFault =
  | { kind: 'latency'; delayMs: number; jitterMs: number; port?: number }
  | { kind: 'packet-loss'; lossPercent: number; port?: number }
  | { kind: 'blackhole-port'; port: number; trafficType: 'egress' | 'ingress' };

/** `cpu`: so many processes beside the task's own, each busy for so many percent of the time. `io`: so many that write to its disk without a pause. */
export type TaskStress = { kind: 'cpu'; workers: number; percent: number } | { kind: 'io'; workers: number };

export interface World {
  /** Names or ARNs; includes stopped tasks still listed. */
  tasks(filter: { cluster?: string; service?: string }): SandboxTask[];
  task(arnOrId: string): SandboxTask | undefined;
  /** As the StopTask call does, with `reason` as the task's stopped reason. */
  stopTask(arn: string, reason: string): void;
  /** Signals the container's processes; the scheduler then sees the container exit. */
  signalTask(arn: string, signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Answers the remover. Throws when the task is not running or already has a network fault. */
  applyNetworkFault(arn: string, fault: NetworkFault): () => void;
  /** Answers the remover. Throws when the task is not running, or on a system where processes cannot be held. */
  applyStress(arn: string, stress: TaskStress): () => void;
}

/** Where container output goes. */
export interface LogSink {
  /** `at` in milliseconds since the epoch. */
  append(group: string, stream: string, at: number, line: string): void;
}
