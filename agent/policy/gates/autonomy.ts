/** How far this action may go by itself on this service: what it earned or an operator set, never above what the policy allows. */
import { levelInForce } from '../earned/level-in-force.ts';
import { ask, deny, type Gate, own, pass, targetOf } from '../gate.ts';

export const autonomy: Gate = {
  name: 'autonomy',
  judge(request, { autonomy: levels, earning }) {
    const { plan, needsApproval, record, purpose } = request;
    if (record === null) return deny(`The record of ${plan.action} on ${targetOf(request)} could not be read.`);
    const ceiling = own(levels.byAction, plan.action) ?? levels.default;
    // What only tells somebody changes nothing that could prove it.
    const { level, because } = levelInForce(record, ceiling, { ...earning, on: earning.on && purpose === 'mend' });
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
