/** ECS is refused calls for making too many, or we are: what helps is fewer calls, so nothing may be changed now. */
import { standingEvent } from '../facts/events.ts';
import { score } from '../facts/score.ts';
import { cite } from '../facts/view.ts';
import { claim, type Rule } from './rule.ts';

/** 0.7, +0.1 when our own reads were refused too. Where every task runs it explains nothing: throttled calls fail no request. */
export const apiThrottled: Rule = (scene) => {
  const { view, service } = scene;
  const state = view.states.get(service);
  const event = standingEvent(view, service, 'throttled');
  if (!state || !event || state.running >= state.desired) return undefined;
  const scored = score(
    0.7,
    [`ECS said ${event.secondsAgo} s ago that its calls are throttled`, `${state.running} of ${state.desired} tasks run`],
    [{ when: view.isThrottled, add: 0.1, why: 'our own reads were refused for the same reason' }],
  );
  return claim(scene, 'api-throttled', scored, cite(state), 'Tasks stay missing when ECS is allowed its calls again.');
};
