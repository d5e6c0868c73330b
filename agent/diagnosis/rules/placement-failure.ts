/** ECS finds no room for the tasks: Fargate or Spot capacity, addresses of the subnet, a quota. No restart makes room. */
import { standingEvent } from '../facts/events.ts';
import { score } from '../facts/score.ts';
import { isWithoutPlace, recentStops } from '../facts/stops.ts';
import { cite } from '../facts/view.ts';
import { claim, type Rule } from './rule.ts';

/** 0.6, +0.1 for each of: ECS' sentence, a task that names it, nothing pending. */
export const placementFailure: Rule = (scene) => {
  const { view, service } = scene;
  const state = view.states.get(service);
  if (!state || state.running >= state.desired) return undefined;
  const event = standingEvent(view, service, 'placement-failure');
  const turnedAway = recentStops(view, service).filter(isWithoutPlace);
  if (!event && turnedAway.length === 0) return undefined;
  const scored = score(
    0.6,
    [`${state.running} of ${state.desired} tasks run and ECS finds no place for more`],
    [
      { when: event !== undefined, add: 0.1, why: `ECS said so ${event?.secondsAgo} s ago: ${event?.message}` },
      { when: turnedAway.length > 0, add: 0.1, why: `${turnedAway.length} tasks were turned away: ${turnedAway[0]?.stoppedReason ?? ''}` },
      { when: state.pending === 0, add: 0.1, why: 'no task is on its way' },
    ],
  );
  return claim(scene, 'placement-failure', scored, cite(state, turnedAway), 'A task of the same size is placed in the same subnets.');
};
