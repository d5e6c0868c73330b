/** Pure: how healthy a task is, and how many tasks are how healthy. */
import type { Task } from '../model.ts';
import type { Census } from './rollout.ts';

export type TaskHealth = keyof Census;

/** Meant to run: neither stopped nor on its way to it. */
export function isLive(task: Task): boolean {
  return task.desiredStatus === 'RUNNING' && task.lastStatus !== 'STOPPED';
}

/** The task's own verdict of its container health checks; UNKNOWN when it has none. */
export function containerHealth(task: Task): 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' {
  const essential = task.containers.filter((container) => container.essential);
  if (essential.some((container) => container.health === 'UNHEALTHY')) return 'UNHEALTHY';
  const hasCheck = task.taskDefinition.input.containerDefinitions?.some((definition) => definition.healthCheck !== undefined) ?? false;
  return hasCheck && essential.some((container) => container.health === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN';
}

export function healthOf(task: Task): TaskHealth {
  if (task.lastStatus !== 'RUNNING') return 'pending';
  if (task.target === 'unhealthy' || containerHealth(task) === 'UNHEALTHY') return 'unhealthy';
  return task.target === 'initial' || isAwaitingContainerCheck(task) ? 'waiting' : 'healthy';
}

function isAwaitingContainerCheck(task: Task): boolean {
  const checked = new Set(
    task.taskDefinition.input.containerDefinitions?.filter((definition) => definition.healthCheck !== undefined).map((entry) => entry.name),
  );
  return task.containers.some((container) => container.essential && checked.has(container.name) && container.health === 'UNKNOWN');
}

export function census(tasks: readonly Task[]): Census {
  const count: Census = { pending: 0, waiting: 0, healthy: 0, unhealthy: 0 };
  for (const task of tasks) count[healthOf(task)] += 1;
  return count;
}
