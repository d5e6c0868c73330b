/** ECS's own state as plain data: no processes, no sockets. Times are milliseconds since the epoch. */
import type {
  CapacityProviderStrategyItem,
  DeploymentConfiguration,
  LoadBalancer,
  RegisterTaskDefinitionCommandInput,
} from '@aws-sdk/client-ecs';
import type { CapacityProvider } from './capacity-providers.ts';

export type TaskStatus = 'PROVISIONING' | 'PENDING' | 'ACTIVATING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'DEPROVISIONING' | 'STOPPED';

export type StopCode =
  | 'TaskFailedToStart'
  | 'EssentialContainerExited'
  | 'UserInitiated'
  | 'ServiceSchedulerInitiated'
  | 'SpotInterruption';

/** `none`: the service has no target group, or the task is not in it. */
export type TargetState = 'none' | 'initial' | 'healthy' | 'unhealthy' | 'draining';

export type Health = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

export interface Container {
  name: string;
  image: string;
  essential: boolean;
  lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  health: Health;
  pid: number | null;
  exitCode?: number;
  reason?: string;
  containerPort?: number;
}

export interface TaskDefinition {
  arn: string;
  family: string;
  revision: number;
  status: 'ACTIVE' | 'INACTIVE';
  registeredAt: number;
  deregisteredAt?: number;
  registeredBy: string;
  /** As registered. */
  input: RegisterTaskDefinitionCommandInput;
  tags: Record<string, string>;
}

export interface Task {
  id: string;
  arn: string;
  cluster: string;
  /** Empty for RunTask. */
  service: string;
  /** `ecs-svc/…`; empty for RunTask. */
  deploymentId: string;
  group: string;
  startedBy: string;
  taskDefinition: TaskDefinition;
  /** Undefined for a task that was started by launch type. */
  capacityProvider: CapacityProvider | undefined;
  lastStatus: TaskStatus;
  desiredStatus: 'RUNNING' | 'STOPPED';
  version: number;
  createdAt: number;
  pullStartedAt?: number;
  pullStoppedAt?: number;
  startedAt?: number;
  stoppingAt?: number;
  executionStoppedAt?: number;
  stoppedAt?: number;
  stopCode?: StopCode;
  stoppedReason?: string;
  containers: Container[];
  /** Loopback port that stands for the task's network interface; null before it is attached. */
  hostPort: number | null;
  target: TargetState;
  targetReason: string;
  /** It has passed every health check it has, at least once. */
  wasHealthy: boolean;
  /** The scheduler has reckoned with its end. */
  isAccounted: boolean;
  isRegistrationAnnounced: boolean;
  isDrainAnnounced: boolean;
  tags: Record<string, string>;
}

export type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

export interface Deployment {
  id: string;
  status: 'PRIMARY' | 'ACTIVE';
  taskDefinition: TaskDefinition;
  revisionArn: string;
  createdAt: number;
  updatedAt: number;
  rolloutState: RolloutState;
  rolloutStateReason: string;
  /** Tasks failed in a row, as DescribeServices shows them. */
  failedTasks: number;
  /** What the circuit breaker has counted. */
  breakerCount: number;
}

export type ServiceDeploymentStatus =
  | 'PENDING'
  | 'IN_PROGRESS'
  | 'SUCCESSFUL'
  | 'STOP_REQUESTED'
  | 'STOPPED'
  | 'ROLLBACK_REQUESTED'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_SUCCESSFUL'
  | 'ROLLBACK_FAILED';

export interface ServiceDeployment {
  arn: string;
  deploymentId: string;
  sourceRevisionArn: string | null;
  targetRevisionArn: string;
  createdAt: number;
  startedAt: number;
  updatedAt: number;
  finishedAt?: number;
  stoppedAt?: number;
  status: ServiceDeploymentStatus;
  statusReason?: string;
  rollback?: { reason: string; startedAt: number; revisionArn: string };
  breaker: { status: 'MONITORING' | 'MONITORING_COMPLETE' | 'TRIGGERED' | 'DISABLED'; failureCount: number; threshold: number };
}

export interface ServiceRevision {
  arn: string;
  taskDefinition: TaskDefinition;
  createdAt: number;
}

export interface ServiceEvent {
  id: string;
  createdAt: number;
  message: string;
}

/** Service settings that are kept and shown but steer nothing here. */
export type EchoedSettings = Record<string, unknown>;

export interface Service {
  arn: string;
  name: string;
  cluster: string;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  desiredCount: number;
  createdAt: number;
  createdBy: string;
  configuration: DeploymentConfiguration;
  /** Empty for a service with a launch type. */
  capacityProviderStrategy: CapacityProviderStrategyItem[];
  /** Spot has no room for its tasks before this time. */
  withoutSpotUntil: number;
  loadBalancers: LoadBalancer[];
  healthCheckGracePeriodSeconds: number;
  propagateTags: 'SERVICE' | 'TASK_DEFINITION' | 'NONE';
  enableECSManagedTags: boolean;
  tags: Record<string, string>;
  echoed: EchoedSettings;
  /** PRIMARY first. */
  deployments: Deployment[];
  /** What the circuit breaker and StopServiceDeployment go back to. */
  lastCompleted: Deployment | null;
  /** Newest first. */
  serviceDeployments: ServiceDeployment[];
  revisions: ServiceRevision[];
  /** Newest first. */
  events: ServiceEvent[];
  isSteady: boolean;
  steadyAnnouncedAt: number;
  /** Problem events already written and not yet resolved: message key → when. */
  openProblems: Record<string, number>;
  /** Tasks in a row that failed to start; drives the back-off. */
  startFailures: number;
  /** No task is started before this time. */
  nextStartAt: number;
}

export interface Cluster {
  arn: string;
  name: string;
  status: 'ACTIVE' | 'INACTIVE';
  tags: Record<string, string>;
  echoed: EchoedSettings;
}
