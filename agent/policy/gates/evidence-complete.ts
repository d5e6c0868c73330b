/** Every required source answered in full; "nothing found" is an answer, a failure or a cut one is not. */
import { deny, type Gate, pass } from '../gate.ts';
import { latestAnswer } from './latest-answer.ts';

export const evidenceComplete: Gate = {
  name: 'evidence-complete',
  judge({ evidence }, { requiredSources }) {
    for (const source of requiredSources) {
      const answer = latestAnswer(evidence, source);
      if (!answer) return deny(`There is no evidence from ${source}.`);
      if (answer.status !== 'found' && answer.status !== 'nothing') {
        return deny(`The evidence from ${source} is incomplete: its last answer is "${answer.status}".`);
      }
    }
    return pass(`${requiredSources.join(' and ')} answered in full.`);
  },
};
