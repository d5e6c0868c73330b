/** Tasks stop right after their start and no new revision explains it: configuration, a missing variable, a migration. */
import { standingEvent } from '../facts/events.ts';
import { score } from '../facts/score.ts';
import { failedStarts, isImageMissing, isResourceMissing } from '../facts/stops.ts';
import { cite } from '../facts/view.ts';
import { claim, type Rule } from './rule.ts';
import { claimOfStartFailures } from './start-failures.ts';

const refutedBy = 'Tasks of the same revision come up elsewhere or later.';

export const taskStartFailure: Rule = (scene) => {
  const all = failedStarts(scene.view, scene.service);
  const failed = all.filter((task) => !isImageMissing(task) && !isResourceMissing(task));
  if (failed.length > 0) return claimOfStartFailures(scene, { failed, base: 0.5, what: 'did not come up', refutedBy });
  return all.length > 0 ? undefined : ofTheEventAlone(scene);
};

/** ECS lists stopped tasks for about an hour; what stays is its own sentence, which does not say why. */
const ofTheEventAlone: Rule = (scene) => {
  const { view, service } = scene;
  const state = view.states.get(service);
  const event = standingEvent(view, service, 'start-impaired');
  if (!state || !event || state.running >= state.desired) return undefined;
  const why = [
    `ECS said ${event.secondsAgo} s ago that it cannot start tasks consistently`,
    'the stopped tasks are not listed: why is not known',
  ];
  return claim(scene, 'task-start-failure', score(0.4, why, []), cite(state), refutedBy);
};
