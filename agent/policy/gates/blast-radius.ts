/** One service, and no more of its capacity than allowed at the worst moment of the change. */
import { deny, type Gate, pass } from '../gate.ts';

export const blastRadius: Gate = {
  name: 'blast-radius',
  judge({ plan }, { maxShareOfCapacity }) {
    const { services, tasks, shareOfCapacity } = plan.blastRadius;
    if (services !== 1) return deny(`The plan touches ${services} services, exactly 1 is allowed.`);
    if (!(tasks >= 0)) return deny('The number of tasks the plan touches is not known.');
    const sentence = `The plan takes out ${percent(shareOfCapacity)} of the capacity, at most ${percent(maxShareOfCapacity)} are allowed.`;
    return shareOfCapacity >= 0 && shareOfCapacity <= maxShareOfCapacity ? pass(sentence) : deny(sentence);
  },
};

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
