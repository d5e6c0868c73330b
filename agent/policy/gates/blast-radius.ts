/** One service, and no more of its capacity than allowed at the worst moment of the change; who only tells somebody touches none. */
import { deny, type Gate, pass } from '../gate.ts';

export const blastRadius: Gate = {
  name: 'blast-radius',
  judge({ plan, purpose }, { maxShareOfCapacity }) {
    const { services, tasks, shareOfCapacity } = plan.blastRadius;
    const most = purpose === 'tell' ? 0 : 1;
    if (services !== most) return deny(`The plan touches ${services} services, exactly ${most} is allowed.`);
    if (!(tasks >= 0)) return deny('The number of tasks the plan touches is not known.');
    if (purpose === 'tell' && tasks > 0) return deny(`The plan only tells somebody, and yet touches ${tasks} tasks.`);
    const sentence = `The plan takes out ${percent(shareOfCapacity)} of the capacity, at most ${percent(maxShareOfCapacity)} are allowed.`;
    return shareOfCapacity >= 0 && shareOfCapacity <= maxShareOfCapacity ? pass(sentence) : deny(sentence);
  },
};

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
