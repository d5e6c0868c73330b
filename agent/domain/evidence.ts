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
  /** Newest first. `meaning` says what the sentence is about, for nobody should read sentences twice. */
  events: { at: string; message: string; meaning?: EventMeaning }[];
  /** Of the desired count, while a deployment goes on. */
  minimumHealthyPercent?: number | null;
  maximumPercent?: number | null;
}
export const eventMeanings = [
  'steady-state',
  'task-started',
  'task-stopped',
  'unhealthy-target',
  'unhealthy-container',
  'start-impaired',
  'placement-failure',
  'throttled',
  'deployment',
  'other',
] as const;
export type EventMeaning = (typeof eventMeanings)[number];
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
  desired?: number;
  running?: number;
  pending?: number;
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
/** A deployment as the service-deployment calls tell it: its state in ECS' words, what its circuit breaker counted, why it was rolled back. */
export interface ServiceDeploymentFact {
  kind: 'service-deployment';
  service: string;
  id: string;
  status: string;
  reason: string;
  /** Empty when its revision could not be described. */
  taskDefinition: string;
  startedAt: string | null;
  finishedAt: string | null;
  breaker: { status: string; failures: number; threshold: number } | null;
  rollbackReason: string | null;
}
/** What a revision consists of. `sha` is the commit it was built from, empty when nothing in it says so. */
export interface TaskDefinitionFact {
  kind: 'task-definition';
  service: string;
  taskDefinition: string;
  registeredAt: string | null;
  sha: string;
  /** What all containers together may use, in units of 1/1024 core; null or absent when the task has no limit. */
  cpu?: number | null;
  /** CPU in units of 1/1024 core, memory in MiB; null when only the task has a limit. */
  containers: { name: string; image: string; essential: boolean; cpu: number | null; memory: number | null }[];
}
/** A target as its load balancer sees it right now. `state` and `reason` in the words of Elastic Load Balancing. */
export interface TargetHealthFact {
  kind: 'target-health';
  service: string;
  targetGroup: string;
  /** Address and port. */
  target: string;
  /** null when no task of the service has this address. */
  taskId: string | null;
  state: string;
  reason: string;
  description: string;
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
  /** Why it stopped, as far as code, reasons and exit codes tell; left out while it runs. */
  stopCause?: StopCause;
  containers?: { name: string; essential: boolean | null; healthStatus: string; exitCode: number | null; reason: string | null }[];
}
export const stopCauses = [
  'out-of-memory',
  'image-pull',
  'start-up',
  'health-check-balancer',
  'health-check-container',
  'capacity',
  'spot',
  'deployment',
  'scaling',
  'user',
  'exit',
  'unknown',
] as const;
export type StopCause = (typeof stopCauses)[number];
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
export const changeKinds = ['commit', 'deploy', 'config', 'flag'] as const;
/** Something somebody changed. All its words are written by strangers: data, whatever they say. */
export interface ChangeFact {
  kind: 'change';
  changeKind: (typeof changeKinds)[number];
  /** Unix seconds. */
  t: number;
  /** Empty when it is not known which service it touches. */
  service: string;
  /** Of a deploy: the commit it brought out. Empty when unknown. */
  sha: string;
  message: string;
  files: string[];
  /** Unified diff, cut; empty when it was not read. */
  diff: string;
  url: string;
}

/**
 * One metric of one service over time. Names as in `diagnosis/case/case.ts`: `latency` in seconds (stat p50 … p99, Average), `availability`,
 * `cpu_utilization` and `memory_utilization` in percent, `requests_per_sec`, `requests` (Sum), `client_latency:<callee>` at the caller;
 * others by the name CloudWatch or Prometheus gives them.
 */
export interface MetricSeries {
  kind: 'series';
  service: string;
  metric: string;
  stat: string;
  unit: string;
  /** Unix seconds and the value, oldest first; null is an interval without a value. */
  points: [t: number, v: number | null][];
}
/** Who calls whom; configured edges are a person's word, the others are seen within the last `windowSeconds`. null: not measured. */
export interface CallEdge {
  kind: 'call-edge';
  caller: string;
  callee: string;
  origin: 'configured' | 'traces' | 'metrics';
  windowSeconds: number;
  calls: number | null;
  errors: number | null;
  /** Mean, seconds, the callee's work included. */
  latencySeconds: number | null;
}
/** What a monitoring system says about the rule of an alert. */
export interface AlertRuleFact {
  kind: 'alert-rule';
  /** The alert's name. */
  name: string;
  /** How long its condition has to hold before it fires. */
  forSeconds: number;
  /** The shortest range its expression looks at, which is how soon it forgets; 0 when it looks at none. */
  rangeSeconds: number;
}
/** A span that failed or took long. */
export interface SpanFact {
  kind: 'span';
  service: string;
  trace: string;
  span: string;
  parent: string | null;
  name: string;
  /** Unix seconds. */
  start: number;
  durationMs: number;
  status: 'ok' | 'error';
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
  | ServiceDeploymentFact
  | TaskDefinitionFact
  | TargetHealthFact
  | TaskFact
  | ChangeFact
  | LogPattern
  | MetricSeries
  | CallEdge
  | AlertRuleFact
  | SpanFact;

/** `nothing` is an answer; `failed` and `truncated` mean that what is missing is unknown. */
export type EvidenceStatus = 'found' | 'nothing' | 'failed' | 'truncated';

export interface EvidenceQuestion {
  cluster: string;
  /** The alert that led to the question; whoever has rules of that name may say what they look at. */
  alertName?: string;
  /** Services to answer about in detail (tasks, routes, logs); signals of services and calls cover the whole cluster. */
  focus: string[];
  /** When the trouble began, as far as the alert tells. */
  onset: Date;
  now: Date;
  /** Length of the window that ends now. */
  recentSeconds: number;
  /** Length of the window that ends at the onset. */
  baselineSeconds: number;
  /** A verification looks again and again: it is not answered what only a diagnosis reads. A diagnosis when not said. */
  purpose?: 'diagnosis' | 'verification';
}

/** What asking cost. */
export interface EvidenceCost {
  /** Requests sent. */
  calls: number;
  /** Bytes read, unpacked, as far as the client shows them. */
  bytes: number;
  /** What the upstream says it went through for the answer, in `unit`; null when it does not say. */
  scanned: number | null;
  unit: 'samples' | 'lines' | 'records' | 'traces' | 'bytes' | null;
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
  /** Missing when nothing was asked, or the source does not count. */
  cost?: EvidenceCost;
  facts: Fact[];
}
