/** Facts with a source and a time. Sources write them, diagnosis reads them; plain JSON, for they are stored as they are. */
import type { EvidenceId } from './ids.ts';

/**
 * A signal's value in two windows of one service, task, route or call. `null` means no samples: never read it as zero.
 * error-ratio 0..1 · latency-p95 seconds · request-rate per second · in-flight requests · memory bytes · cpu cores used
 */
export type SignalName = 'error-ratio' | 'latency-p95' | 'request-rate' | 'in-flight' | 'memory' | 'cpu';

export interface SignalReading {
  signal: SignalName;
  /** Over the recent window, ending now. */
  now: number | null;
  /** Over the baseline window, ending just before the onset. */
  before: number | null;
}

export interface ServiceSignal extends SignalReading {
  kind: 'service-signal';
  service: string;
}
export interface TaskSignal extends SignalReading {
  kind: 'task-signal';
  service: string;
  taskId: string;
}
export interface RouteSignal extends SignalReading {
  kind: 'route-signal';
  service: string;
  method: string;
  route: string;
}
/** A call as the caller sees it. */
export interface CallSignal extends SignalReading {
  kind: 'call-signal';
  caller: string;
  callee: string;
}
/** How many targets of a service the monitoring can reach right now, and how old its youngest sample is. */
export interface Reporting {
  kind: 'reporting';
  service: string;
  up: number;
  down: number;
}

export interface ServiceState {
  kind: 'service-state';
  service: string;
  status: string;
  desired: number;
  running: number;
  pending: number;
  taskDefinition: string;
  /** Newest first. */
  events: { at: string; message: string }[];
}
export interface DeploymentFact {
  kind: 'deployment';
  service: string;
  id: string;
  status: 'PRIMARY' | 'ACTIVE' | 'INACTIVE';
  rolloutState: 'COMPLETED' | 'IN_PROGRESS' | 'FAILED' | 'UNKNOWN';
  rolloutReason: string;
  taskDefinition: string;
  createdAt: string;
  updatedAt: string;
  failedTasks: number;
}
/** A revision the service ran before, newest first in the evidence; `completed` says it once reached a steady state. */
export interface PastDeployment {
  kind: 'past-deployment';
  service: string;
  taskDefinition: string;
  startedAt: string;
  finishedAt: string | null;
  completed: boolean;
}
export interface TaskFact {
  kind: 'task';
  service: string;
  taskId: string;
  taskArn: string;
  lastStatus: string;
  healthStatus: string;
  taskDefinition: string;
  startedAt: string | null;
  stoppedAt: string | null;
  stopCode: string | null;
  stoppedReason: string | null;
  exitCode: number | null;
}
export interface LogPattern {
  kind: 'log-pattern';
  service: string;
  level: string;
  /** Message with numbers, ids and quoted values replaced by `<*>`. */
  template: string;
  sample: string;
  /** Lines since the onset, and in a window of the same length before it. */
  count: number;
  countBefore: number;
  firstAt: string;
  taskIds: string[];
}

export type Fact =
  | ServiceSignal
  | TaskSignal
  | RouteSignal
  | CallSignal
  | Reporting
  | ServiceState
  | DeploymentFact
  | PastDeployment
  | TaskFact
  | LogPattern;

/** `nothing` is an answer; `failed` and `truncated` mean that what is missing is unknown. */
export type EvidenceStatus = 'found' | 'nothing' | 'failed' | 'truncated';

export interface EvidenceQuestion {
  cluster: string;
  /** Services to answer about in detail (tasks, routes, logs); signals of services and calls cover the whole cluster. */
  focus: string[];
  /** When the trouble began, as far as the alert tells. */
  onset: Date;
  now: Date;
  /** Length of the window that ends now. */
  recentSeconds: number;
  /** Length of the window that ends at the onset. */
  baselineSeconds: number;
}

export interface Evidence {
  id: EvidenceId;
  source: string;
  /** What was asked, in words. */
  question: string;
  from: string;
  to: string;
  status: EvidenceStatus;
  /** Why it failed or was cut; empty otherwise. */
  detail: string;
  durationMs: number;
  facts: Fact[];
}
