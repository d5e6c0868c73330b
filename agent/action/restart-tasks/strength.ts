/** What a look at the service tells of a restart under way: what is left of it, and whether the service can spare another task. Pure. */
import { type EcsService, movedSince } from '../ecs/service.ts';
import { type EcsTask, healthyFloor, isStoppedByUs, servesHealthy, taskIdOf } from '../ecs/tasks.ts';
import type { Snapshot } from './schema.ts';

export interface Look {
  view: EcsService;
  /** All tasks of the service that ECS wants running. */
  wanted: readonly EcsTask[];
  /** Those of the plan that ECS still knows. */
  known: readonly EcsTask[];
}

/** ARNs of the plan's tasks that this change has stopped, and those still to be stopped; the others ended by themselves. */
export function progressOf({ taskArns }: Snapshot, known: readonly EcsTask[]): { stopped: Set<string>; left: string[] } {
  const byArn = new Map(known.map((task) => [task.taskArn, task]));
  const stopped = known.filter(isStoppedByUs).map(({ taskArn }) => taskArn);
  return { stopped: new Set(stopped), left: taskArns.filter((arn) => byArn.get(arn)?.desiredStatus === 'RUNNING') };
}

/** What somebody else does to the service meanwhile: two hands on one service do harm. Null when nobody does. */
export function interference(snapshot: Snapshot, view: EcsService, known: readonly EcsTask[]): string | null {
  const moved = movedSince(snapshot, view);
  if (moved) return moved;
  const theirs = known.find((task) => task.stopCode === 'UserInitiated' && task.desiredStatus === 'STOPPED' && !isStoppedByUs(task));
  return theirs ? `somebody else stopped task ${taskIdOf(theirs)}: ${theirs.stoppedReason || 'no reason given'}` : null;
}

/** Without `stopped`, the tasks of this change that a read which lags may still show as running. */
export function healthyTasks(snapshot: Snapshot, wanted: readonly EcsTask[], stopped: ReadonlySet<string>): EcsTask[] {
  const isOfPlan = new Set(snapshot.taskArns);
  // A fresh task whose health is not known yet has not shown that it works.
  const hasShown = (task: EcsTask) => isOfPlan.has(task.taskArn) || !snapshot.hasHealthCheck || task.healthStatus === 'HEALTHY';
  return wanted.filter((task) => servesHealthy(task) && !stopped.has(task.taskArn) && hasShown(task));
}

/** Why this task cannot be spared; null when it can. */
export function cannotSpare(taskArn: string, healthy: readonly EcsTask[], desiredCount: number, minHealthyShare: number): string | null {
  const others = healthy.filter((task) => task.taskArn !== taskArn).length;
  const floor = healthyFloor(desiredCount, minHealthyShare);
  return others < floor ? `only ${others} other tasks run healthy; at least ${floor} must` : null;
}
