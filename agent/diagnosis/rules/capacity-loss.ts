/** Tasks were taken away and ECS is replacing them, or has: the scheduler's own work, to be watched and not repeated. */
import { score } from '../facts/score.ts';
import { allTasksAreFresh, failedStarts, isNearOnset, isOutOfMemory, isTakenAway, recentStops } from '../facts/stops.ts';
import { cite } from '../facts/view.ts';
import { claim, type Rule } from './rule.ts';

export const capacityLoss: Rule = (scene) => {
  const { view, service } = scene;
  const state = view.states.get(service);
  if (!state || state.desired === 0) return undefined;
  const missing = state.desired - state.running;
  const gone = recentStops(view, service).filter((task) => isTakenAway(task) && !isOutOfMemory(task) && isNearOnset(task, view));
  const isReplaced = missing <= 0 && gone.length > 0 && allTasksAreFresh(view, service);
  if (missing <= 0 && !isReplaced) return undefined;
  const scored = score(
    0.5,
    [`${state.running} of ${state.desired} tasks run, ${state.pending} are starting`],
    [
      {
        when: gone.length > 0,
        add: 0.2,
        why: `${gone.length} tasks were stopped from outside: ${gone[0]?.stoppedReason ?? 'no reason given'}`,
      },
      { when: isReplaced, add: 0.15, why: 'ECS has replaced them already' },
      { when: missing > 0 && state.pending > 0, add: 0.1, why: 'ECS is starting replacements' },
    ],
    [{ when: failedStarts(view, service).length > 0, atMost: 0.4, why: 'tasks fail to come up' }],
  );
  return claim(scene, 'capacity-loss', scored, cite(state, gone), 'The replacements come up and the trouble stays.');
};
