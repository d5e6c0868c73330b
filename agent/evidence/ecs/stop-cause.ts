/** Why a task stopped, from its stop code and from how ECS begins its reasons. A container's name never counts: it could pretend anything. */
import type { StopCause } from '../../domain/evidence.ts';
import type { EcsTask } from './schema.ts';

/** In order: what a container died of says more than what ECS then did about the task. */
const byReason: readonly [RegExp, StopCause][] = [
  [/^OutOfMemory/i, 'out-of-memory'],
  [/^CannotPull/, 'image-pull'],
  [/^(?:ResourceInitializationError|CannotCreateVolumeError|CannotCreateContainerError|CannotStartContainerError)/, 'start-up'],
  [/^Task failed ELB health checks/, 'health-check-balancer'],
  [/^Task failed container health checks/, 'health-check-container'],
  [/^(?:Capacity is unavailable|RESOURCE:|You've reached the limit on the number of (?:vCPUs|tasks))/, 'capacity'],
];

/** `primaryId` is the deployment that should run: what another one had started was replaced, not scaled in. Undefined for a task that runs. */
export function stopCause(task: EcsTask, primaryId: string | undefined): StopCause | undefined {
  if (task.lastStatus !== 'STOPPED') return undefined;
  const reasons = [...task.containers.map(({ reason }) => reason), task.stoppedReason].filter((reason) => typeof reason === 'string');
  for (const [words, cause] of byReason) if (reasons.some((reason) => words.test(reason))) return cause;
  switch (task.stopCode) {
    case 'EssentialContainerExited':
      return 'exit';
    case 'UserInitiated':
      return 'user';
    case 'SpotInterruption':
    case 'TerminationNotice':
      return 'spot';
    case 'ServiceSchedulerInitiated': {
      const isReplaced = task.startedBy !== undefined && primaryId !== undefined && task.startedBy !== primaryId;
      return isReplaced ? 'deployment' : 'scaling';
    }
    default:
      return 'unknown';
  }
}
