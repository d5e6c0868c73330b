/** The target is exactly one service of the inventory, and the one the diagnosis named. */
import { deny, type Gate, pass } from '../gate.ts';

export const knownTarget: Gate = {
  name: 'known-target',
  judge({ knownServices, plan, hypothesis }) {
    const { cluster, service } = plan.target;
    if (knownServices === null) return deny('The inventory of services could not be read.');
    if (cluster.trim() === '' || service.trim() === '') return deny('The plan names no cluster or no service.');
    if (/[*?]/.test(service) || /[*?]/.test(cluster)) return deny(`"${cluster}/${service}" is a pattern, not one service.`);
    const matches = knownServices.filter((known) => known === service).length;
    if (matches !== 1) return deny(`The inventory of ${cluster} knows ${matches} services named "${service}", exactly 1 is needed.`);
    if (hypothesis.service !== service) return deny(`The cause sits in "${hypothesis.service}", the plan would change "${service}".`);
    return pass(`${service} is one known service of ${cluster}.`);
  },
};
