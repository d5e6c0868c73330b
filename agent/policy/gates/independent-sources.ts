/** What one source alone claims may be its own fault: several have to know the target itself. No data is no signal. */
import { deny, type Gate, pass } from '../gate.ts';
import { latestAnswer } from './latest-answer.ts';

export const independentSources: Gate = {
  name: 'independent-sources',
  onlyMends: true,
  judge({ evidence, plan }, { independentSources: needed }) {
    const sources = [...new Set(evidence.map(({ source }) => source))];
    const saw = sources.filter((source) => (latestAnswer(evidence, source)?.factsAboutTarget ?? 0) > 0);
    const who = saw.length === 0 ? 'no source' : saw.join(', ');
    const sentence = `${plan.target.service} was seen by ${who}; ${needed} independent sources are needed.`;
    return saw.length >= needed ? pass(sentence) : deny(sentence);
  },
};
