/** The required evidence is young enough to act on. */
import { ageSeconds, deny, type Gate, pass } from '../gate.ts';
import { latestAnswer } from './latest-answer.ts';

/** Clocks of two machines may differ by this much, seconds. */
const skewSeconds = 5;

export const evidenceFresh: Gate = {
  name: 'evidence-fresh',
  onlyMends: true,
  judge({ evidence, now }, { requiredSources, evidenceMaxAgeSeconds }) {
    let oldest = 0;
    for (const source of requiredSources) {
      const answer = latestAnswer(evidence, source);
      const age = answer ? ageSeconds(answer.observedAt, now) : null;
      if (age === null) return deny(`The age of the evidence from ${source} is not known.`);
      if (age > evidenceMaxAgeSeconds) {
        return deny(`The evidence from ${source} is ${Math.round(age)} s old, at most ${evidenceMaxAgeSeconds} s are allowed.`);
      }
      if (age < -skewSeconds) return deny(`The evidence from ${source} is dated ${Math.round(-age)} s in the future.`);
      oldest = Math.max(oldest, age);
    }
    return pass(`The oldest required evidence is ${Math.round(oldest)} s old, at most ${evidenceMaxAgeSeconds} s are allowed.`);
  },
};
