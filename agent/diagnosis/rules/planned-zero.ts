/** The service is meant to run no task: a schedule or a person wants it so, and starting it is not ours to decide. */
import { score } from '../facts/score.ts';
import { cite } from '../facts/view.ts';
import { claim, type Rule } from './rule.ts';

export const plannedZero: Rule = (scene) => {
  const state = scene.view.states.get(scene.service);
  if (state?.desired !== 0) return undefined;
  const scored = score(0.8, ['its desired count is 0'], [{ when: state.running === 0, add: 0.1, why: 'no task runs' }]);
  return claim(scene, 'planned-zero', scored, cite(state), 'Nobody set the desired count to 0 on purpose.');
};
