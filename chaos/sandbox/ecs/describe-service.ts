/** A service in the shapes of DescribeServices and of the service deployment API. */
import type {
  Deployment as DeploymentShape,
  ServiceDeploymentBrief,
  ServiceDeployment as ServiceDeploymentShape,
  ServiceRevision as ServiceRevisionShape,
  Service as ServiceShape,
} from '@aws-sdk/client-ecs';
import { type Account, arnOf } from './arn.ts';
import type { Deployment, Service, ServiceDeployment, ServiceRevision, Task } from './model.ts';
import { tagsOut } from './operations/input.ts';
import { currentServiceDeployment } from './scheduler/deployments.ts';

const pendingStates = new Set(['PROVISIONING', 'PENDING', 'ACTIVATING']);

interface Counts {
  running: number;
  pending: number;
}

function countTasks(tasks: readonly Task[], deploymentId?: string): Counts {
  const counted = tasks.filter((task) => deploymentId === undefined || task.deploymentId === deploymentId);
  return {
    running: counted.filter((task) => task.lastStatus === 'RUNNING').length,
    pending: counted.filter((task) => pendingStates.has(task.lastStatus) && task.desiredStatus === 'RUNNING').length,
  };
}

export function describeService(account: Account, service: Service, tasks: readonly Task[], withTags: boolean): ServiceShape {
  const { running, pending } = countTasks(tasks);
  const [primary] = service.deployments;
  const current = currentServiceDeployment(service);
  return {
    ...(service.echoed as ServiceShape),
    ...placement(service),
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: arnOf(account, `cluster/${service.cluster}`),
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: running,
    pendingCount: pending,
    loadBalancers: service.loadBalancers,
    taskDefinition: primary?.taskDefinition.arn ?? service.revisions[0]?.taskDefinition.arn,
    deploymentConfiguration: service.configuration,
    deployments: service.deployments.map((deployment) => describeDeployment(service, deployment, tasks)),
    events: service.events.map((event) => ({ id: event.id, createdAt: new Date(event.createdAt), message: event.message })),
    createdAt: new Date(service.createdAt),
    createdBy: service.createdBy,
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds,
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    ...(current === undefined ? {} : { currentServiceDeployment: current.arn }),
    currentServiceRevisions: service.deployments.map((deployment) => {
      const counts = countTasks(tasks, deployment.id);
      return {
        arn: deployment.revisionArn,
        requestedTaskCount: deployment.status === 'PRIMARY' ? service.desiredCount : 0,
        runningTaskCount: counts.running,
        pendingTaskCount: counts.pending,
      };
    }),
    enableECSManagedTags: service.enableECSManagedTags,
    propagateTags: service.propagateTags,
    ...(withTags ? { tags: tagsOut(service.tags) } : {}),
  };
}

/** A service has a launch type or a strategy, never both. */
function placement({ capacityProviderStrategy: strategy }: Service): Pick<ServiceShape, 'launchType' | 'capacityProviderStrategy'> {
  return strategy.length === 0 ? {} : { launchType: undefined, capacityProviderStrategy: strategy };
}

function describeDeployment(service: Service, deployment: Deployment, tasks: readonly Task[]): DeploymentShape {
  const { running, pending } = countTasks(tasks, deployment.id);
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.taskDefinition.arn,
    desiredCount: deployment.status === 'PRIMARY' ? service.desiredCount : 0,
    pendingCount: pending,
    runningCount: running,
    failedTasks: deployment.failedTasks,
    createdAt: new Date(deployment.createdAt),
    updatedAt: new Date(deployment.updatedAt),
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}

export function describeServiceDeployment(
  account: Account,
  service: Service,
  entry: ServiceDeployment,
  tasks: readonly Task[],
): ServiceDeploymentShape {
  const counts = countTasks(tasks, entry.deploymentId);
  const source = entry.sourceRevisionArn;
  return {
    ...briefServiceDeployment(account, service, entry),
    updatedAt: new Date(entry.updatedAt),
    ...(entry.stoppedAt === undefined ? {} : { stoppedAt: new Date(entry.stoppedAt) }),
    sourceServiceRevisions: source === null ? [] : [{ arn: source }],
    targetServiceRevision: {
      arn: entry.targetRevisionArn,
      requestedTaskCount: service.desiredCount,
      runningTaskCount: counts.running,
      pendingTaskCount: counts.pending,
    },
    deploymentConfiguration: service.configuration,
    deploymentCircuitBreaker: entry.breaker,
    alarms: { status: 'DISABLED' },
    ...(entry.rollback === undefined
      ? {}
      : {
          rollback: {
            reason: entry.rollback.reason,
            startedAt: new Date(entry.rollback.startedAt),
            serviceRevisionArn: entry.rollback.revisionArn,
          },
        }),
  };
}

export function briefServiceDeployment(account: Account, service: Service, entry: ServiceDeployment): ServiceDeploymentBrief {
  return {
    serviceDeploymentArn: entry.arn,
    serviceArn: service.arn,
    clusterArn: arnOf(account, `cluster/${service.cluster}`),
    createdAt: new Date(entry.createdAt),
    startedAt: new Date(entry.startedAt),
    ...(entry.finishedAt === undefined ? {} : { finishedAt: new Date(entry.finishedAt) }),
    targetServiceRevisionArn: entry.targetRevisionArn,
    status: entry.status,
    ...(entry.statusReason === undefined ? {} : { statusReason: entry.statusReason }),
  };
}

export function describeRevision(account: Account, service: Service, revision: ServiceRevision): ServiceRevisionShape {
  return {
    serviceRevisionArn: revision.arn,
    serviceArn: service.arn,
    clusterArn: arnOf(account, `cluster/${service.cluster}`),
    taskDefinition: revision.taskDefinition.arn,
    loadBalancers: service.loadBalancers,
    containerImages: (revision.taskDefinition.input.containerDefinitions ?? []).map((container) => ({
      ...(container.name === undefined ? {} : { containerName: container.name }),
      ...(container.image === undefined ? {} : { image: container.image }),
    })),
    guardDutyEnabled: false,
    createdAt: new Date(revision.createdAt),
  };
}
