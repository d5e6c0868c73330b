/** Why tasks stopped, from their stop code, reason and exit code. */
import type { StopCause, TaskFact } from '../../domain/evidence.ts';
import { type Cited, runningTasks, tasksOf, type View } from './view.ts';

/** Tasks that stopped within the lookback, newest first. */
export function recentStops(view: View, service: string): Cited<TaskFact>[] {
  const sinceMs = view.onsetMs - view.settings.deploymentLookbackSeconds * 1000;
  return tasksOf(view, service)
    .filter((task) => task.lastStatus === 'STOPPED' && task.stoppedAt !== null && Date.parse(task.stoppedAt) >= sinceMs)
    .sort((a, b) => Date.parse(b.stoppedAt ?? '') - Date.parse(a.stoppedAt ?? ''));
}

/** Tasks that never came up: could not be started, or ended by themselves right after. */
export function failedStarts(view: View, service: string): Cited<TaskFact>[] {
  return recentStops(view, service).filter((task) => {
    if (isOutOfMemory(task) || isWithoutPlace(task)) return false;
    if (task.stopCode === 'TaskFailedToStart' || isImageMissing(task) || isResourceMissing(task)) return true;
    if (task.stopCode !== 'EssentialContainerExited' || task.exitCode === 0) return false;
    if (task.startedAt === null) return true;
    return Date.parse(task.stoppedAt ?? '') - Date.parse(task.startedAt) <= view.settings.startFailureSeconds * 1000;
  });
}

/** Exit code 137 alone is any SIGKILL, a late answer to SIGTERM included; only the named reason is proof. */
export function isOutOfMemory(task: TaskFact): boolean {
  return isStop(task, ['out-of-memory'], /OutOfMemory/i);
}

/** Fewer may be chance. */
const fewestKills = 2;

/** Its tasks that needed more memory than they may have; none when those of the revision before it needed more as well. */
export function killedOfNewRevision(view: View, service: string, taskDefinition: string): Cited<TaskFact>[] {
  const killed = recentStops(view, service).filter(isOutOfMemory);
  const isNewAlone = killed.every((task) => task.taskDefinition === taskDefinition);
  return isNewAlone && killed.length >= fewestKills ? killed : [];
}

/** ECS could not pull the image: image or tag gone, no permission, no route. */
export function isImageMissing(task: TaskFact): boolean {
  return task.startedAt === null && isStop(task, ['image-pull'], /CannotPull/);
}

/** ECS could not get a secret, registry credentials, a volume or a log group before the start. */
export function isResourceMissing(task: TaskFact): boolean {
  return task.startedAt === null && isStop(task, ['start-up'], /ResourceInitializationError/);
}

/** ECS found no room for the task. */
export function isWithoutPlace(task: TaskFact): boolean {
  return task.startedAt === null && isStop(task, ['capacity'], /capacity is unavailable|RESOURCE:ENI|vCPU limit/i);
}

/** ECS stopped the task because the load balancer, or the container's own check, found it unhealthy. */
export function isFoundUnhealthy(task: TaskFact, by?: 'balancer' | 'container'): boolean {
  if (task.stopCode !== 'ServiceSchedulerInitiated') return false;
  const isByBalancer = isStop(task, ['health-check-balancer'], /^Task failed ELB health checks/);
  const isByContainer = isStop(task, ['health-check-container'], /^Task failed container health checks/);
  return (by !== 'container' && isByBalancer) || (by !== 'balancer' && isByContainer);
}

/** The source's own reading counts where there is one: in the joined reasons a container's name could pretend anything. */
function isStop(task: TaskFact, causes: readonly StopCause[], words: RegExp): boolean {
  return task.stopCause === undefined ? words.test(task.stoppedReason ?? '') : causes.includes(task.stopCause);
}

/** Stopped from outside (a person, an experiment, Spot), not by ECS's own scheduling and not by its own failure. */
export function isTakenAway(task: TaskFact): boolean {
  return (
    task.stopCode === 'UserInitiated' ||
    task.stopCode === 'SpotInterruption' ||
    task.stopCode === 'TerminationNotice' ||
    task.stopCode === 'InfrastructureHealth'
  );
}

/** Stops shortly before the onset belong to it; those of an old rollout do not. */
export function isNearOnset(task: TaskFact, view: View): boolean {
  return task.stoppedAt !== null && Date.parse(task.stoppedAt) >= view.onsetMs - nearMs;
}
const nearMs = 300_000;

/** Every running task came up after the onset: whatever ailed the old ones, these have been restarted already. */
export function allTasksAreFresh(view: View, service: string): boolean {
  const running = runningTasks(view, service);
  return running.length > 0 && running.every((task) => task.startedAt !== null && Date.parse(task.startedAt) > view.onsetMs);
}
