/** Trouble that has only just begun often passes by itself, and shows only part of itself. */
import { ageSeconds, deny, type Gate, pass } from '../gate.ts';

export const troubleAge: Gate = {
  name: 'trouble-age',
  onlyMends: true,
  judge({ troubleSince, now }, { minimumTroubleSeconds }) {
    const age = ageSeconds(troubleSince, now);
    if (age === null) return deny('It is not known when the trouble began.');
    const sentence = `The trouble has lasted ${Math.floor(age)} s, at least ${minimumTroubleSeconds} s are needed.`;
    return age >= minimumTroubleSeconds ? pass(sentence) : deny(sentence);
  },
};
