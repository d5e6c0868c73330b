/** One pass of the service scheduler over plain data: reckons with what happened to tasks and answers what to start and stop. No I/O. */
import type { Deployment, Service, StopCode, Task } from '../model.ts';
import type { Timing } from '../timing.ts';
import { failuresBeforeBackoff, startDelayMs } from './backoff.ts';
import { breakerThreshold } from './breaker.ts';
import { census, healthOf, isLive } from './census.ts';
import { breakDeployment, completeDeployment, currentServiceDeployment, primaryOf } from './deployments.ts';
import { resolveProblem, say, sayProblem, sentence, stopReason } from './events.ts';
import { planRollout } from './rollout.ts';

export interface TickContext {
  now: number;
  timing: Timing;
  /** Tasks the cluster still has room for. */
  capacity: number;
}

export interface Stop {
  task: Task;
  code: StopCode;
  reason: string;
}

export interface TickResult {
  /** Tasks of the primary deployment to start; the caller says which with `announceStarted`. */
  start: number;
  stop: Stop[];
}

/** `tasks`: every task of this service that is still listed. Changes the service's deployments and events in place. */
export function tick(service: Service, tasks: readonly Task[], context: TickContext): TickResult {
  if (service.status !== 'ACTIVE') return retire(service, tasks);
  noteHealth(service, tasks, context);
  noteEnds(service, tasks, context);
  announceTargets(service, tasks, context);
  checkBreaker(service, context);
  const result = plan(service, tasks, context);
  settle(service, tasks, result, context);
  return result;
}

export function announceStarted(service: Service, started: readonly Task[], now: number): void {
  if (started.length > 0) say(service, now, sentence.started(service.name, started));
}

function retire(service: Service, tasks: readonly Task[]): TickResult {
  if (service.status === 'DRAINING' && tasks.every((task) => task.lastStatus === 'STOPPED')) {
    service.status = 'INACTIVE';
    service.deployments = [];
  }
  const reason = stopReason.scaling(service.deployments[0]?.id ?? '');
  return { start: 0, stop: tasks.filter(isLive).map((task) => ({ task, code: 'ServiceSchedulerInitiated', reason })) };
}

function noteHealth(service: Service, tasks: readonly Task[], context: TickContext): void {
  for (const task of tasks) {
    if (task.wasHealthy || !isLive(task) || healthOf(task) !== 'healthy') continue;
    task.wasHealthy = true;
    service.startFailures = 0;
    service.nextStartAt = 0;
    resolveProblem(service, 'start-impaired');
    const deployment = service.deployments.find((entry) => entry.id === task.deploymentId);
    if (deployment === undefined) continue;
    deployment.failedTasks = 0;
    if (service.configuration.deploymentCircuitBreaker?.resetOnHealthyTask !== false) countFailures(service, deployment, 0, context);
  }
}

/** Counts each task that ended before it was ever healthy; stops asked for by people or by scaling are no failures. */
function noteEnds(service: Service, tasks: readonly Task[], context: TickContext): void {
  for (const task of tasks) {
    if (task.isAccounted || isLive(task)) continue;
    task.isAccounted = true;
    if (!hasFailed(task)) continue;
    const deployment = service.deployments.find((entry) => entry.id === task.deploymentId);
    if (deployment === undefined) continue;
    deployment.failedTasks += 1;
    deployment.updatedAt = context.now;
    if (deployment.status !== 'PRIMARY') continue;
    if (deployment.rolloutState === 'IN_PROGRESS') countFailures(service, deployment, deployment.breakerCount + 1, context);
    service.startFailures += 1;
    service.nextStartAt = context.now + startDelayMs(service.startFailures, context.timing.backoffBaseMs, context.timing.backoffCapMs);
    if (service.startFailures >= failuresBeforeBackoff) {
      sayProblem(service, context.now, 'start-impaired', context.timing.repeatEventMs, sentence.startImpaired(service.name));
    }
  }
}

function hasFailed(task: Task): boolean {
  if (task.wasHealthy) return false;
  if (task.stopCode === 'TaskFailedToStart' || task.stopCode === 'EssentialContainerExited') return true;
  return task.stopCode === 'ServiceSchedulerInitiated' && (task.stoppedReason ?? '').startsWith('Task failed');
}

function countFailures(service: Service, deployment: Deployment, count: number, context: TickContext): void {
  deployment.breakerCount = count;
  const entry = currentServiceDeployment(service);
  if (entry === undefined || entry.deploymentId !== deployment.id) return;
  entry.breaker.failureCount = count;
  entry.updatedAt = context.now;
}

function checkBreaker(service: Service, context: TickContext): void {
  const primary = primaryOf(service);
  const breaker = service.configuration.deploymentCircuitBreaker;
  if (breaker?.enable !== true || primary.rolloutState !== 'IN_PROGRESS') return;
  if (primary.breakerCount >= breakerThreshold(service.desiredCount, breaker)) breakDeployment(service, context.now);
}

function announceTargets(service: Service, tasks: readonly Task[], context: TickContext): void {
  const group = service.loadBalancers[0]?.targetGroupArn;
  if (group === undefined) return;
  const registered = tasks.filter((task) => !task.isRegistrationAnnounced && task.target !== 'none' && task.target !== 'draining');
  for (const task of registered) task.isRegistrationAnnounced = true;
  if (registered.length > 0) say(service, context.now, sentence.registered(service.name, registered.length, group));
  const leaving = tasks.filter((task) => !task.isDrainAnnounced && task.isRegistrationAnnounced && task.desiredStatus === 'STOPPED');
  for (const task of leaving) task.isDrainAnnounced = true;
  if (leaving.length > 0) say(service, context.now, sentence.deregistered(service.name, leaving.length, group));
  for (const deploymentId of new Set(leaving.map((task) => task.deploymentId))) {
    const count = leaving.filter((task) => task.deploymentId === deploymentId).length;
    say(service, context.now, sentence.draining(service.name, deploymentId, count));
  }
}

function plan(service: Service, tasks: readonly Task[], context: TickContext): TickResult {
  const primary = primaryOf(service);
  if (primary.rolloutState === 'FAILED') return { start: 0, stop: [] };
  const live = tasks.filter(isLive);
  const own = live.filter((task) => task.deploymentId === primary.id);
  const older = live.filter((task) => task.deploymentId !== primary.id);
  const rollout = planRollout({
    desired: service.desiredCount,
    minimumHealthyPercent: service.configuration.minimumHealthyPercent ?? 100,
    maximumPercent: service.configuration.maximumPercent ?? 200,
    primary: census(own),
    older: census(older),
  });
  const stop: Stop[] = [];
  const scaledIn = [...pick(own, rollout.stopExcess, ['pending', 'waiting', 'healthy'])];
  scaledIn.push(...pick(older, rollout.stopOlderUnready, ['pending', 'waiting', 'unhealthy']));
  scaledIn.push(...pick(older, rollout.stopOlderHealthy, ['healthy']));
  for (const task of scaledIn) stop.push({ task, code: 'ServiceSchedulerInitiated', reason: stopReason.scaling(primary.id) });
  for (const task of pick(own, rollout.stopUnhealthy, ['unhealthy'])) {
    stop.push({ task, code: 'ServiceSchedulerInitiated', reason: unhealthyReason(service, task) });
  }
  sayUnhealthy(service, own, context);
  const running = stop.map((entry) => entry.task).filter((task) => task.lastStatus === 'RUNNING');
  if (running.length > 0) say(service, context.now, sentence.stopped(service.name, running));
  return { start: allowedStarts(service, rollout.start, context), stop };
}

function allowedStarts(service: Service, wanted: number, context: TickContext): number {
  if (wanted === 0 || context.now < service.nextStartAt) return 0;
  if (context.capacity < wanted) {
    sayProblem(service, context.now, 'placement', context.timing.repeatEventMs, sentence.unableToPlace(service.name));
  } else {
    resolveProblem(service, 'placement');
  }
  // While tasks keep failing, one at a time is tried: the next failure sets the next delay.
  const tries = service.startFailures >= failuresBeforeBackoff ? 1 : wanted;
  return Math.min(tries, Math.max(0, context.capacity));
}

function pick(tasks: readonly Task[], count: number, order: readonly string[]): Task[] {
  const ranked = order.flatMap((health) => tasks.filter((task) => healthOf(task) === health));
  return ranked.slice(0, count);
}

function unhealthyReason(service: Service, task: Task): string {
  const group = service.loadBalancers[0]?.targetGroupArn;
  return task.target === 'unhealthy' && group !== undefined ? stopReason.failedTarget(group) : stopReason.failedContainerHealth;
}

function sayUnhealthy(service: Service, tasks: readonly Task[], context: TickContext): void {
  const balancer = service.loadBalancers[0];
  for (const task of tasks) {
    if (healthOf(task) !== 'unhealthy') continue;
    const message =
      task.target === 'unhealthy' && balancer?.targetGroupArn !== undefined
        ? sentence.unhealthyTarget(service.name, balancer.containerPort ?? 0, balancer.targetGroupArn, task.targetReason)
        : sentence.failedContainerHealth(service.name, task);
    sayProblem(service, context.now, `unhealthy:${message}`, context.timing.repeatEventMs, message);
  }
}

/** Ends a rollout that has arrived, forgets deployments without tasks, and says when the service is steady. */
function settle(service: Service, tasks: readonly Task[], result: TickResult, context: TickContext): void {
  const primary = primaryOf(service);
  const live = tasks.filter(isLive);
  service.deployments = service.deployments.filter(
    (deployment) => deployment.id === primary.id || live.some((task) => task.deploymentId === deployment.id),
  );
  const isSteady =
    primary.rolloutState !== 'FAILED' &&
    result.start === 0 &&
    result.stop.length === 0 &&
    live.length === service.desiredCount &&
    live.every((task) => task.deploymentId === primary.id && healthOf(task) === 'healthy');
  if (isSteady) {
    if (primary.rolloutState === 'IN_PROGRESS') completeDeployment(service, context.now);
    resolveProblem(service, '');
    if (!service.isSteady || context.now - service.steadyAnnouncedAt >= context.timing.repeatEventMs) {
      say(service, context.now, sentence.steady(service.name));
      service.steadyAnnouncedAt = context.now;
    }
  }
  service.isSteady = isSteady;
}
