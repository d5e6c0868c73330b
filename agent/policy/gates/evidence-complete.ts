/**
 * Every required source answered in full, and no source at all failed: what a silent one would have said is unknown. "Nothing found" is an
 * answer. A source that is not required may be cut short, as logs of a busy service are.
 */
import { deny, type Gate, pass } from '../gate.ts';
import { latestAnswer } from './latest-answer.ts';

export const evidenceComplete: Gate = {
  name: 'evidence-complete',
  onlyMends: true,
  judge({ evidence }, { requiredSources }) {
    for (const source of requiredSources) {
      const answer = latestAnswer(evidence, source);
      if (!answer) return deny(`There is no evidence from ${source}.`);
      if (answer.status !== 'found' && answer.status !== 'nothing') {
        return deny(`The evidence from ${source} is incomplete: its last answer is "${answer.status}".`);
      }
    }
    for (const source of new Set(evidence.map((answer) => answer.source))) {
      if (latestAnswer(evidence, source)?.status === 'failed')
        return deny(`${source} did not answer: nothing is changed on partial evidence.`);
    }
    return pass(`${requiredSources.join(' and ')} answered in full.`);
  },
};
