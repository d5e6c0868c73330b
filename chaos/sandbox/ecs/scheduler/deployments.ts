/** Pure changes to a service's deployments: begin, complete, fail, roll back, stop. */
import type { Deployment, Service, ServiceDeployment, TaskDefinition } from '../model.ts';
import { breakerThreshold } from './breaker.ts';
import { resolveProblem, say, sentence } from './events.ts';

const historyKept = 100;

export interface NewIds {
  deployment(): string;
  revisionArn(service: Service): string;
  serviceDeploymentArn(service: Service): string;
}

export function primaryOf(service: Service): Deployment {
  const [primary] = service.deployments;
  if (primary === undefined) throw new Error(`service ${service.name} has no deployment`);
  return primary;
}

/** The service deployment that is still moving, if any. */
export function currentServiceDeployment(service: Service): ServiceDeployment | undefined {
  return service.serviceDeployments.find((entry) => entry.finishedAt === undefined && entry.stoppedAt === undefined);
}

export function beginDeployment(service: Service, taskDefinition: TaskDefinition, now: number, ids: NewIds): Deployment {
  const previous = service.deployments[0];
  const superseded = currentServiceDeployment(service);
  if (superseded !== undefined) {
    finish(superseded, superseded.rollback === undefined ? 'STOPPED' : 'ROLLBACK_FAILED', now);
    superseded.statusReason = 'A new service deployment was started.';
  }
  if (previous !== undefined) previous.status = 'ACTIVE';
  const id = ids.deployment();
  const revisionArn = ids.revisionArn(service);
  const deployment: Deployment = {
    id,
    status: 'PRIMARY',
    taskDefinition,
    revisionArn,
    createdAt: now,
    updatedAt: now,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    failedTasks: 0,
    breakerCount: 0,
  };
  service.deployments.unshift(deployment);
  service.revisions.unshift({ arn: revisionArn, taskDefinition, createdAt: now });
  const breaker = service.configuration.deploymentCircuitBreaker;
  service.serviceDeployments.unshift({
    arn: ids.serviceDeploymentArn(service),
    deploymentId: id,
    sourceRevisionArn: previous?.revisionArn ?? null,
    targetRevisionArn: revisionArn,
    createdAt: now,
    startedAt: now,
    updatedAt: now,
    status: 'IN_PROGRESS',
    breaker: {
      status: breaker?.enable === true ? 'MONITORING' : 'DISABLED',
      failureCount: 0,
      threshold: breakerThreshold(service.desiredCount, breaker),
    },
  });
  service.serviceDeployments.length = Math.min(service.serviceDeployments.length, historyKept);
  restartClock(service);
  return deployment;
}

export function completeDeployment(service: Service, now: number): void {
  const primary = primaryOf(service);
  primary.rolloutState = 'COMPLETED';
  primary.rolloutStateReason = `ECS deployment ${primary.id} completed.`;
  primary.updatedAt = now;
  service.lastCompleted = primary;
  const entry = currentServiceDeployment(service);
  if (entry !== undefined) {
    if (entry.breaker.status === 'MONITORING') entry.breaker.status = 'MONITORING_COMPLETE';
    finish(entry, entry.rollback === undefined ? 'SUCCESSFUL' : 'ROLLBACK_SUCCESSFUL', now);
  }
  say(service, now, sentence.deploymentCompleted(service.name, primary.id));
}

/** The breaker opened: back to the last completed deployment when that is asked for and there is one; else the deployment stalls. */
export function breakDeployment(service: Service, now: number): void {
  const failed = primaryOf(service);
  const entry = currentServiceDeployment(service);
  if (entry !== undefined) {
    entry.breaker.status = 'TRIGGERED';
    entry.statusReason = 'Service deployment rolled back because the circuit breaker threshold was exceeded.';
  }
  say(service, now, sentence.deploymentFailed(service.name, failed.id));
  fail(failed, 'ECS deployment circuit breaker: tasks failed to start.', now);
  const wantsRollback = service.configuration.deploymentCircuitBreaker?.rollback === true;
  if (wantsRollback && rollBack(service, entry, 'ECS deployment circuit breaker', now)) return;
  if (entry !== undefined) {
    finish(entry, wantsRollback ? 'ROLLBACK_FAILED' : 'STOPPED', now);
    entry.statusReason = wantsRollback
      ? 'Service deployment failed because the circuit breaker threshold was exceeded. No rollback candidate was found to run the rollback.'
      : 'Service deployment failed because the circuit breaker threshold was exceeded.';
  }
}

/** StopServiceDeployment with ROLLBACK. False when nothing was ever completed: then the deployment stops where it is. */
export function rollBackByRequest(service: Service, entry: ServiceDeployment, now: number): boolean {
  entry.statusReason = 'Service deployment rolled back because of a request to stop it.';
  fail(primaryOf(service), 'ECS deployment stopped by StopServiceDeployment.', now);
  if (rollBack(service, entry, 'Service deployment stopped by request', now)) return true;
  finish(entry, 'ROLLBACK_FAILED', now);
  entry.statusReason = 'Service deployment stopped by request. No rollback candidate was found to run the rollback.';
  return false;
}

/** StopServiceDeployment with ABORT: nothing more is started or replaced. */
export function abortByRequest(service: Service, entry: ServiceDeployment, now: number): void {
  fail(primaryOf(service), 'ECS deployment stopped by StopServiceDeployment.', now);
  finish(entry, 'STOPPED', now);
  entry.statusReason = 'Service deployment stopped by request.';
}

function rollBack(service: Service, entry: ServiceDeployment | undefined, because: string, now: number): boolean {
  const goal = service.lastCompleted;
  const failed = primaryOf(service);
  if (goal === null || goal.id === failed.id) return false;
  failed.status = 'ACTIVE';
  goal.status = 'PRIMARY';
  goal.rolloutState = 'IN_PROGRESS';
  goal.rolloutStateReason = `${because}: rolling back to deploymentId ${goal.id}.`;
  goal.updatedAt = now;
  goal.failedTasks = 0;
  goal.breakerCount = 0;
  service.deployments = [goal, ...service.deployments.filter((deployment) => deployment.id !== goal.id)];
  if (entry !== undefined) {
    entry.status = 'ROLLBACK_IN_PROGRESS';
    entry.updatedAt = now;
    entry.rollback = { reason: entry.statusReason ?? because, startedAt: now, revisionArn: goal.revisionArn };
  }
  say(service, now, sentence.rollingBack(service.name, goal.id));
  restartClock(service);
  return true;
}

function fail(deployment: Deployment, reason: string, now: number): void {
  deployment.rolloutState = 'FAILED';
  deployment.rolloutStateReason = reason;
  deployment.updatedAt = now;
}

function finish(entry: ServiceDeployment, status: ServiceDeployment['status'], now: number): void {
  entry.status = status;
  entry.updatedAt = now;
  entry.finishedAt = now;
  if (status === 'STOPPED') entry.stoppedAt = now;
}

/** Another revision is another chance: the back-off starts afresh. */
function restartClock(service: Service): void {
  service.startFailures = 0;
  service.nextStartAt = 0;
  service.isSteady = false;
  resolveProblem(service, 'start-impaired');
}
