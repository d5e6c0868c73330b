/** Decides, from what a service ran before, where a roll-back may go and by which call. Pure; when in doubt it refuses. */
import type { NotPossible } from '../../domain/plan.ts';
import type { EcsService } from '../ecs/service.ts';
import type { PastServiceDeployment, ResolvedImage } from '../ecs/service-deployments.ts';

export interface Choice {
  taskDefinition: string;
  /** Service deployment to stop with a roll-back; null = update the service. */
  stop: string | null;
  /** Task definitions the roll-back leaves behind, the suspect first. */
  passedOver: string[];
  /** What the tags of its images stood for when it completed; empty when ECS does not say. */
  images: readonly ResolvedImage[];
}

const dayMs = 86_400_000;
const running: ReadonlySet<string> = new Set(['PENDING', 'IN_PROGRESS']);
const rollingBack: ReadonlySet<string> = new Set(['STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS']);

/** `history` newest first, null when it cannot be had. */
export function chooseRevision(
  view: EcsService,
  history: readonly PastServiceDeployment[] | null,
  now: Date,
  maxRevisionAgeDays: number,
): Choice | NotPossible {
  const choice = history && history.length > 0 ? fromHistory(view, history, now, maxRevisionAgeDays) : fromDeployments(view);
  if ('notPossible' in choice) return choice;
  const [from, to] = [nameOf(view.primary.taskDefinition), nameOf(choice.taskDefinition)];
  if (from.family !== to.family) return { notPossible: `the revision before belongs to another family (${to.family}, now ${from.family})` };
  if (to.revision > from.revision) {
    // Going "back" to what was gone back from would swing between the two for ever.
    return { notPossible: `the revision before (${to.revision}) is newer than the suspect (${from.revision}), which a roll-back brought` };
  }
  return choice;
}

function fromHistory(
  view: EcsService,
  history: readonly PastServiceDeployment[],
  now: Date,
  maxRevisionAgeDays: number,
): Choice | NotPossible {
  const suspect = view.primary.taskDefinition;
  const newest = history[0];
  if (!newest) return { notPossible: noneBefore };
  if (rollingBack.has(newest.status)) return { notPossible: `ECS is already rolling this deployment back (${newest.status})` };
  if (newest.status === 'ROLLBACK_SUCCESSFUL') return { notPossible: 'ECS has already rolled the newest deployment back' };
  if (newest.taskDefinition !== suspect) {
    return { notPossible: `the newest service deployment brought ${newest.taskDefinition}, the service runs ${suspect}` };
  }
  const at = history.findIndex((past) => past.status === 'SUCCESSFUL' && past.taskDefinition !== suspect);
  const target = history[at];
  if (!target) return { notPossible: noneBefore };
  const ageDays = (now.getTime() - (target.finishedAt ?? target.createdAt).getTime()) / dayMs;
  if (ageDays > maxRevisionAgeDays) {
    return {
      notPossible: `${target.taskDefinition} completed ${Math.floor(ageDays)} days ago, more than the ${maxRevisionAgeDays} allowed`,
    };
  }
  // Stopped with a roll-back, a deployment goes back to the newest that succeeded, which may be the suspect deployed once before.
  const isWhereStopLeads = history.find((past) => past.status === 'SUCCESSFUL') === target;
  return {
    taskDefinition: target.taskDefinition,
    stop: running.has(newest.status) && isWhereStopLeads ? newest.arn : null,
    passedOver: [...new Set(history.slice(0, at).map((past) => past.taskDefinition))],
    images: target.images,
  };
}

/** Without the history only a revision that still drains beside the suspect is known to have completed. A family's lower number proves nothing. */
function fromDeployments(view: EcsService): Choice | NotPossible {
  const byEcs = ecsRollsBack(view);
  if (byEcs) return byEcs;
  const suspect = view.primary.taskDefinition;
  const completed = view.deployments.find(
    (deployment) => deployment.status === 'ACTIVE' && deployment.rolloutState === 'COMPLETED' && deployment.taskDefinition !== suspect,
  );
  return completed
    ? { taskDefinition: completed.taskDefinition, stop: null, passedOver: [suspect], images: [] }
    : { notPossible: noneBefore };
}

const noneBefore = 'no earlier revision of this service is known to have completed: there is nothing to roll back to';

/** The circuit breaker's own roll-back shows as a FAILED deployment beside a PRIMARY that is still on its way. */
function ecsRollsBack(view: EcsService): NotPossible | null {
  const failed = view.deployments.find((deployment) => deployment.status !== 'PRIMARY' && deployment.rolloutState === 'FAILED');
  if (!failed || view.primary.rolloutState !== 'IN_PROGRESS') return null;
  return {
    notPossible: `ECS is already rolling deployment ${failed.id} back (${view.primary.rolloutStateReason || 'PRIMARY is IN_PROGRESS'})`,
  };
}

/** `arn:…:task-definition/checkout:7` → `checkout`, 7. ECS numbers the revisions of a family in the order they were registered. */
function nameOf(taskDefinition: string): { family: string; revision: number } {
  const [family = '', revision = ''] = (taskDefinition.split('/').at(-1) ?? '').split(':');
  return { family, revision: Number(revision) };
}
