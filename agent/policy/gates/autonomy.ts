/** How far this action may go by itself on this service: what it earned or an operator set, never above what the policy allows. */
import { levelOf } from '../earned/level-in-force.ts';
import { ask, deny, type Gate, pass, targetOf } from '../gate.ts';

export const autonomy: Gate = {
  name: 'autonomy',
  judge(request, settings) {
    const { plan, needsApproval, record, purpose } = request;
    if (record === null) return deny(`The record of ${plan.action} on ${targetOf(request)} could not be read.`);
    const { level, because } = levelOf(record, { action: plan.action, purpose }, settings);
    const at = `${plan.action} is at the level ${level} on ${targetOf(request)} (${because})`;
    switch (level) {
      case 'observe':
        return deny(`${at}: it is recorded what would be done.`);
      case 'suggest':
        return deny(`${at}: the plan is handed to a human.`);
      case 'approve':
        return ask(`${at}: a human has to agree.`);
      case 'auto':
        if (needsApproval !== null) return ask(`${plan.action} never runs without a human: ${needsApproval}.`);
        return pass(`${at}.`);
      default:
        return deny(`The level "${String(level satisfies never)}" of ${plan.action} is not known.`);
    }
  },
};
