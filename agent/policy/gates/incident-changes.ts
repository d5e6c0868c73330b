/** One incident gets few tries; after them a human takes over. */
import { deny, type Gate, pass } from '../gate.ts';

export const incidentChanges: Gate = {
  name: 'incident-changes',
  judge({ changes, incidentId }, { changesPerIncident }) {
    if (changes === null) return deny('The past changes could not be read.');
    const made = changes.filter((change) => change.incidentId === incidentId).length;
    const sentence = `This incident has made ${made} of ${changesPerIncident} changes.`;
    return made < changesPerIncident ? pass(sentence) : deny(sentence);
  },
};
