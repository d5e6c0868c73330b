/** Tasks stop right after their start and no new revision explains it: image, secret, role or configuration. */
import { newRevision } from '../changes.ts';
import { score } from '../score.ts';
import { failedStarts } from '../stops.ts';
import { cite } from '../view.ts';
import { claim, type Rule } from './rule.ts';

export const taskStartFailure: Rule = (scene) => {
  const { view, service } = scene;
  const failed = failedStarts(view, service);
  const [newest] = failed;
  const state = view.states.get(service);
  if (!newest || !state || state.running >= state.desired) return undefined;
  const revision = newRevision(view, service);
  const scored = score(
    0.5,
    [`${failed.length} tasks did not come up, the last one: ${newest.stoppedReason ?? 'no reason given'}`],
    [
      { when: failed.length >= 2, add: 0.15, why: 'it is not a single task' },
      { when: revision === undefined, add: 0.1, why: 'no new revision came within the lookback' },
      { when: /CannotPull|ResourceInitializationError/.test(newest.stoppedReason ?? ''), add: 0.1, why: 'ECS names what it could not get' },
    ],
    [
      {
        when: revision !== undefined && revision.secondsBeforeOnset >= 0,
        atMost: 0.3,
        why: 'a new revision came first: it is the suspect',
      },
    ],
  );
  return claim(scene, 'task-start-failure', scored, cite(failed, state), 'Tasks of the same revision come up elsewhere or later.');
};
