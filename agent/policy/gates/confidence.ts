/** The diagnosis is sure enough for this action. No number counts for what a model proposed. */
import { ask, deny, type Gate, own, pass } from '../gate.ts';

export const confidence: Gate = {
  name: 'confidence',
  onlyMends: true,
  judge({ hypothesis, plan }, { confidence: limits }) {
    const needed = own(limits.byAction, plan.action) ?? limits.default;
    if (hypothesis.evidence.length === 0) return deny(`The cause ${hypothesis.cause} cites no evidence.`);
    if (hypothesis.proposedBy !== undefined) return ask(`No rule is sure of ${hypothesis.cause}: a model proposed it.`);
    const sentence = `The confidence in ${hypothesis.cause} is ${hypothesis.confidence.toFixed(2)}, ${plan.action} needs ${needed.toFixed(2)}.`;
    return hypothesis.confidence >= needed ? pass(sentence) : deny(sentence);
  },
};
