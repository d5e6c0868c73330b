/** Why tasks stopped, from their stop code, reason and exit code. */
import type { TaskFact } from '../domain/evidence.ts';
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
    if (isOutOfMemory(task)) return false;
    if (task.stopCode === 'TaskFailedToStart' || /CannotPull|ResourceInitializationError/.test(task.stoppedReason ?? '')) return true;
    if (task.stopCode !== 'EssentialContainerExited' || task.exitCode === 0) return false;
    if (task.startedAt === null) return true;
    return Date.parse(task.stoppedAt ?? '') - Date.parse(task.startedAt) <= view.settings.startFailureSeconds * 1000;
  });
}

/** Exit code 137 alone is any SIGKILL, a late answer to SIGTERM included; only the named reason is proof. */
export function isOutOfMemory(task: TaskFact): boolean {
  return /OutOfMemory/i.test(task.stoppedReason ?? '');
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

/** Every running task came up after the onset: whatever ailed the old ones, these have been restarted already. */
export function allTasksAreFresh(view: View, service: string): boolean {
  const running = runningTasks(view, service);
  return running.length > 0 && running.every((task) => task.startedAt !== null && Date.parse(task.startedAt) > view.onsetMs);
}
