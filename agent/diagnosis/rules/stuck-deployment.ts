/** A deployment goes on and nothing of it moves: bounds that allow no step, a quota, a first deployment nobody can roll back. */
import { ecsIsRollingBack, newRevision, rolloutInProgress } from '../facts/changes.ts';
import { standingEvent } from '../facts/events.ts';
import { score } from '../facts/score.ts';
import { failedStarts } from '../facts/stops.ts';
import { cite, tasksOf } from '../facts/view.ts';
import { claim, type Rule } from './rule.ts';

/** 0.5, +0.25 when the bounds leave no step, +0.1 when nothing completed before, +0.1 when it is twice as long as it may be. */
export const stuckDeployment: Rule = (scene) => {
  const { view, service } = scene;
  const deployment = rolloutInProgress(view, service);
  const state = view.states.get(service);
  const tasks = tasksOf(view, service);
  // Without the list of tasks nobody can say that nothing moved.
  if (!deployment || !state || tasks.length === 0 || ecsIsRollingBack(view, service)) return undefined;
  // Tasks that fail to start are another story: ECS waits longer and longer between two tries.
  if (failedStarts(view, service).length > 0 || deployment.failedTasks > 0 || standingEvent(view, service, 'start-impaired'))
    return undefined;
  const moves = [deployment.createdAt, ...tasks.flatMap((task) => [task.startedAt, task.stoppedAt])]
    .map((time) => Date.parse(time ?? ''))
    .filter(Number.isFinite);
  const still = Math.round((view.nowMs - Math.max(...moves)) / 1000);
  const limit = view.settings.stuckDeploymentSeconds;
  if (!(still >= limit)) return undefined;
  const least = Math.ceil((state.desired * (state.minimumHealthyPercent ?? 0)) / 100);
  const most = Math.floor((state.desired * (state.maximumPercent ?? Number.POSITIVE_INFINITY)) / 100);
  const hasNoStep = state.desired > 0 && state.running >= most && state.running <= least;
  const revision = newRevision(view, service);
  const scored = score(
    0.5,
    [`the deployment of ${deployment.taskDefinition} is in progress and no task started or stopped for ${still} s`],
    [
      {
        when: hasNoStep,
        add: 0.25,
        why: `with ${state.running} running, at least ${least} and at most ${most}, no task may start and none may stop`,
      },
      { when: !revision?.hasCompletedRevision, add: 0.1, why: 'no earlier revision is known that ECS could go back to' },
      { when: still >= 2 * limit, add: 0.1, why: 'it has been still for twice as long as it may be' },
    ],
  );
  return claim(
    scene,
    'stuck-deployment',
    scored,
    cite(deployment, state, tasks),
    'A task of the deployment starts or stops without any help.',
  );
};
