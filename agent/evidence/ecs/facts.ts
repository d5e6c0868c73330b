/** From ECS' replies to facts: the same words, dates as ISO 8601, and why a task ended in one line. */
import type { DeploymentFact, PastDeployment, ServiceDeploymentFact, ServiceState, TaskFact } from '../../domain/evidence.ts';
import { cleanText } from '../answer.ts';
import { eventMeaning } from './event-meaning.ts';
import type { EcsService, EcsTask, ServiceDeployment, ServiceDeploymentDetail } from './schema.ts';
import { stopCause } from './stop-cause.ts';

const maxEvents = 20;
const maxContainers = 10;
const maxTextLength = 500;
/** What a service deployment is called while it still goes on. */
const unfinished = new Set(['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS']);

export function serviceState(service: EcsService): ServiceState {
  const events = service.events.map(({ createdAt, message }) => ({
    at: iso(createdAt) ?? '',
    message: cleanText(message, maxTextLength),
    meaning: eventMeaning(message),
  }));
  const { minimumHealthyPercent = null, maximumPercent = null } = service.deploymentConfiguration;
  return {
    kind: 'service-state',
    service: service.serviceName,
    status: service.status,
    desired: service.desiredCount,
    running: service.runningCount,
    pending: service.pendingCount,
    taskDefinition: service.taskDefinition,
    events: events.sort((one, other) => other.at.localeCompare(one.at)).slice(0, maxEvents),
    minimumHealthyPercent,
    maximumPercent,
  };
}

export function deploymentFacts(service: EcsService): DeploymentFact[] {
  return service.deployments.map((deployment) => ({
    kind: 'deployment',
    service: service.serviceName,
    id: deployment.id,
    status: deployment.status,
    rolloutState: deployment.rolloutState ?? 'UNKNOWN',
    rolloutReason: cleanText(deployment.rolloutStateReason, maxTextLength),
    taskDefinition: deployment.taskDefinition,
    createdAt: iso(deployment.createdAt) ?? '',
    updatedAt: iso(deployment.updatedAt) ?? iso(deployment.createdAt) ?? '',
    failedTasks: deployment.failedTasks,
    ...(deployment.desiredCount !== undefined && { desired: deployment.desiredCount }),
    ...(deployment.runningCount !== undefined && { running: deployment.runningCount }),
    ...(deployment.pendingCount !== undefined && { pending: deployment.pendingCount }),
  }));
}

/** A deployment without a known task definition or start says nothing about where one could go back to, and is left out. */
export function pastDeployments(
  service: string,
  deployments: readonly ServiceDeployment[],
  taskDefinitions: ReadonlyMap<string, string>,
): PastDeployment[] {
  return deployments
    .filter(({ status }) => !unfinished.has(status))
    .flatMap((deployment): PastDeployment[] => {
      const taskDefinition = taskDefinitions.get(deployment.targetServiceRevisionArn ?? '');
      const startedAt = iso(deployment.startedAt ?? deployment.createdAt);
      if (!taskDefinition || startedAt === null) return [];
      const completed = deployment.status === 'SUCCESSFUL';
      return [{ kind: 'past-deployment', service, taskDefinition, startedAt, finishedAt: iso(deployment.finishedAt), completed }];
    })
    .sort((one, other) => other.startedAt.localeCompare(one.startedAt));
}

/** Those under way too. `details` are known of some only. */
export function serviceDeploymentFacts(
  service: string,
  deployments: readonly ServiceDeployment[],
  taskDefinitions: ReadonlyMap<string, string>,
  details: readonly ServiceDeploymentDetail[],
): ServiceDeploymentFact[] {
  return deployments.map((deployment) => {
    const detail = details.find(({ serviceDeploymentArn }) => serviceDeploymentArn === deployment.serviceDeploymentArn);
    const breaker = detail?.deploymentCircuitBreaker;
    return {
      kind: 'service-deployment',
      service,
      id: deployment.serviceDeploymentArn.slice(deployment.serviceDeploymentArn.lastIndexOf('/') + 1),
      status: deployment.status,
      reason: cleanText(deployment.statusReason, maxTextLength),
      taskDefinition: taskDefinitions.get(deployment.targetServiceRevisionArn ?? '') ?? '',
      startedAt: iso(deployment.startedAt ?? deployment.createdAt),
      finishedAt: iso(deployment.finishedAt),
      breaker: breaker === undefined ? null : { status: breaker.status, failures: breaker.failureCount, threshold: breaker.threshold },
      rollbackReason: detail?.rollback === undefined ? null : cleanText(detail.rollback.reason, maxTextLength),
    };
  });
}

/** `primaryId` is the deployment that should run. */
export function taskFact(service: string, task: EcsTask, primaryId: string | undefined): TaskFact {
  const cause = stopCause(task, primaryId);
  return {
    kind: 'task',
    service,
    taskId: task.taskArn.slice(task.taskArn.lastIndexOf('/') + 1),
    taskArn: task.taskArn,
    lastStatus: task.lastStatus,
    healthStatus: task.healthStatus,
    taskDefinition: task.taskDefinitionArn,
    startedAt: iso(task.startedAt),
    stoppedAt: iso(task.stoppedAt),
    stopCode: task.stopCode ?? null,
    stoppedReason: whyStopped(task),
    exitCode: exitCode(task),
    ...(cause !== undefined && { stopCause: cause }),
    containers: task.containers.slice(0, maxContainers).map(({ name, healthStatus, exitCode: code, reason }) => ({
      name: cleanText(name, 255),
      // Only the task definition tells.
      essential: null,
      healthStatus,
      exitCode: code ?? null,
      reason: reason ? cleanText(reason, maxTextLength) : null,
    })),
  };
}

/** ECS writes "out of memory" and "cannot pull" on the container, not on the task. */
function whyStopped({ stoppedReason, containers }: EcsTask): string | null {
  const reasons = containers.flatMap(({ name, reason }) => (reason ? [`${name}: ${reason}`] : []));
  const all = [...(stoppedReason ? [stoppedReason] : []), ...reasons];
  return all.length === 0 ? null : cleanText(all.join(' · '), maxTextLength);
}

/** A container that failed tells more than a sidecar that ended well. */
function exitCode({ containers }: EcsTask): number | null {
  const codes = containers.flatMap(({ exitCode }) => (typeof exitCode === 'number' ? [exitCode] : []));
  return codes.find((code) => code !== 0) ?? codes[0] ?? null;
}

function iso(date: Date | undefined): string | null {
  return date === undefined || Number.isNaN(date.getTime()) ? null : date.toISOString();
}
