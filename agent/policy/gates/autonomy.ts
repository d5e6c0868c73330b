/** How far this action may go by itself. */
import { ask, deny, type Gate, own, pass } from '../gate.ts';

export const autonomy: Gate = {
  name: 'autonomy',
  judge({ plan, needsApproval }, { autonomy: levels }) {
    const level = own(levels.byAction, plan.action) ?? levels.default;
    switch (level) {
      case 'observe':
        return deny(`${plan.action} is at the level observe: it is recorded what would be done.`);
      case 'suggest':
        return deny(`${plan.action} is at the level suggest: the plan is handed to a human.`);
      case 'approve':
        return ask(`${plan.action} is at the level approve: a human has to agree.`);
      case 'auto':
        if (needsApproval !== null) return ask(`${plan.action} never runs without a human: ${needsApproval}.`);
        return pass(`${plan.action} is at the level auto.`);
      default:
        return deny(`The level "${String(level satisfies never)}" of ${plan.action} is not known.`);
    }
  },
};
