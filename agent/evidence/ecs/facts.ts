/** From ECS' replies to facts: the same words, dates as ISO 8601, and why a task ended in one line. */
import type { DeploymentFact, PastDeployment, ServiceState, TaskFact } from '../../domain/evidence.ts';
import { cleanText } from '../answer.ts';
import type { EcsService, EcsTask, ServiceDeployment } from './schema.ts';

const maxEvents = 20;
const maxTextLength = 500;
/** What a service deployment is called while it still goes on. */
const unfinished = new Set(['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS']);

export function serviceState(service: EcsService): ServiceState {
  const events = service.events.map(({ createdAt, message }) => ({ at: iso(createdAt) ?? '', message: cleanText(message, maxTextLength) }));
  return {
    kind: 'service-state',
    service: service.serviceName,
    status: service.status,
    desired: service.desiredCount,
    running: service.runningCount,
    pending: service.pendingCount,
    taskDefinition: service.taskDefinition,
    events: events.sort((one, other) => other.at.localeCompare(one.at)).slice(0, maxEvents),
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

export function taskFact(service: string, task: EcsTask): TaskFact {
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
