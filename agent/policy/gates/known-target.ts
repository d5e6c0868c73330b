/** The target is exactly one service of the inventory, the one the diagnosis named, in the cluster the incident is about. */
import { deny, type Gate, pass } from '../gate.ts';

/** What ECS allows as a name: nothing that could be a pattern, a path, a list or a look-alike letter. */
const name = /^[A-Za-z0-9_-]{1,255}$/;

export const knownTarget: Gate = {
  name: 'known-target',
  judge({ knownServices, plan, hypothesis, resource }) {
    const { cluster, service } = plan.target;
    if (knownServices === null) return deny('The inventory of services could not be read.');
    for (const given of [cluster, service]) {
      if (typeof given !== 'string' || !name.test(given)) return deny('The plan does not name one cluster and one service.');
    }
    for (const key of ['cluster', 'service'] as const) {
      if (Object.hasOwn(plan.params, key) && plan.params[key] !== plan.target[key]) {
        return deny(`The parameters of the plan name another ${key} than its target.`);
      }
    }
    if (cluster !== resource.cluster) return deny(`The incident is about ${resource.cluster}, the plan would change ${cluster}.`);
    const matches = knownServices.filter((known) => known === service).length;
    if (matches !== 1) return deny(`The inventory of ${cluster} knows ${matches} services named "${service}", exactly 1 is needed.`);
    if (hypothesis.service !== service) return deny(`The cause sits in "${hypothesis.service}", the plan would change "${service}".`);
    return pass(`${service} is one known service of ${cluster}.`);
  },
};
