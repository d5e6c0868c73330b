/** Service events: ECS's own sentences, newest first, the last hundred, a standing problem said once until it is resolved. */
import { randomUUID } from 'node:crypto';
import type { Service, Task } from '../model.ts';

const kept = 100;

export function say(service: Service, now: number, message: string): void {
  service.events.unshift({ id: randomUUID(), createdAt: now, message });
  service.events.length = Math.min(service.events.length, kept);
}

/** Says a problem unless it stands already; it stands for `repeatAfterMs` or until `resolveProblem`. */
export function sayProblem(service: Service, now: number, key: string, repeatAfterMs: number, message: string): void {
  const saidAt = service.openProblems[key];
  if (saidAt !== undefined && now - saidAt < repeatAfterMs) return;
  service.openProblems[key] = now;
  say(service, now, message);
}

/** Resolves every standing problem whose key begins so. */
export function resolveProblem(service: Service, prefix: string): void {
  for (const key of Object.keys(service.openProblems)) if (key.startsWith(prefix)) delete service.openProblems[key];
}

const list = (tasks: readonly Task[]): string => tasks.map((task) => `(task ${task.id})`).join(' ');

export const sentence = {
  started: (service: string, tasks: readonly Task[]) => `(service ${service}) has started ${tasks.length} tasks: ${list(tasks)}.`,
  stopped: (service: string, tasks: readonly Task[]) => `(service ${service}) has stopped ${tasks.length} running tasks: ${list(tasks)}.`,
  steady: (service: string) => `(service ${service}) has reached a steady state.`,
  registered: (service: string, count: number, targetGroup: string) =>
    `(service ${service}) registered ${count} targets in (target-group ${targetGroup})`,
  deregistered: (service: string, count: number, targetGroup: string) =>
    `(service ${service}) deregistered ${count} targets in (target-group ${targetGroup})`,
  draining: (service: string, deployment: string, count: number) =>
    `(service ${service}, taskSet ${deployment}) has begun draining connections on ${count} tasks.`,
  unhealthyTarget: (service: string, port: number, targetGroup: string, reason: string) =>
    `(service ${service}) (port ${port}) is unhealthy in (target-group ${targetGroup}) due to (reason ${reason})`,
  failedContainerHealth: (service: string, task: Task) => `(service ${service}) (task ${task.id}) failed container health checks.`,
  unableToPlace: (service: string) =>
    `(service ${service}) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
  startImpaired: (service: string) =>
    `(service ${service}) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
  deploymentCompleted: (service: string, deployment: string) => `(service ${service}) (deployment ${deployment}) deployment completed.`,
  deploymentFailed: (service: string, deployment: string) =>
    `(service ${service}) (deployment ${deployment}) deployment failed: tasks failed to start.`,
  rollingBack: (service: string, deployment: string) => `(service ${service}) rolling back to deployment ${deployment}.`,
} as const;

/** `stoppedReason` texts. */
export const stopReason = {
  scaling: (deployment: string) => `Scaling activity initiated by (deployment ${deployment})`,
  failedTarget: (targetGroup: string) => `Task failed ELB health checks in (target-group ${targetGroup})`,
  failedContainerHealth: 'Task failed container health checks',
  essentialExited: 'Essential container in task exited',
  byUser: 'Task stopped by user',
  spotInterrupted: 'Your Spot Task was interrupted.',
} as const;
