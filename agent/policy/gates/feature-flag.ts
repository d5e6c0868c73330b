/** An action runs only when its own flag is on. */
import { deny, type Gate, own, pass } from '../gate.ts';

export const featureFlag: Gate = {
  name: 'feature-flag',
  judge({ plan }, { flags }) {
    return own(flags, plan.action) === true
      ? pass(`The feature flag ${plan.action} is on.`)
      : deny(`The feature flag ${plan.action} is not on.`);
  },
};
