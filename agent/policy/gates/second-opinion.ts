/** What a model says may call for a person, and never more: it denies nothing, and what it agrees to is not allowed by that. */
import { ask, type Gate, pass } from '../gate.ts';

export const secondOpinion: Gate = {
  name: 'second-opinion',
  judge({ hypothesis, purpose }) {
    const { cause, service, proposedBy, secondOpinion: opinion } = hypothesis;
    // Also before somebody is told of it: a claim of the rules is news, one of a model is not.
    if (proposedBy !== undefined) return ask(`A model proposed ${cause} in ${service}, no rule did: a human has to agree.`);
    if (opinion?.stance !== 'objects') return pass(`No second opinion objects to ${cause} in ${service}.`);
    if (purpose === 'tell') return pass('Nothing is changed: it only tells somebody.');
    return ask(`A second opinion objects to ${cause} in ${service}: a human has to agree.`);
  },
};
