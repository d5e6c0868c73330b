/**
 * When too much looks broken at once, suspect the observer or a common ground, and stop.
 *
 * What counts are unrelated troubles: a service that (through any chain of calls) calls another troubled one is taken to suffer from it
 * and does not count by itself; services that call each other in a circle count as one. In a shop of six, a slow cart that alarms
 * storefront and checkout is one trouble; catalog, payment and cart failing side by side are three and stop the automation.
 * When every known service is in trouble, the brake holds however they call each other.
 */
import { deny, type Gate, pass } from '../gate.ts';

type Calls = readonly { caller: string; callee: string }[];

export const massFailure: Gate = {
  name: 'mass-failure',
  onlyMends: true,
  judge({ troubledServices, knownServices, calls, plan }, { massFailure: limit }) {
    if (troubledServices === null) return deny('The services in trouble could not be read.');
    if (knownServices === null || knownServices.length === 0) return deny('The inventory of services could not be read.');
    if (calls === null) return deny('The calls between the services could not be read.');
    const troubled = [...new Set([...troubledServices, plan.target.service])];
    if (troubled.length >= limit.services && knownServices.every((service) => troubled.includes(service))) {
      return deny(`All ${knownServices.length} known services are in trouble at once.`);
    }
    const unrelated = unrelatedTroubles(troubled, calls ?? []);
    const share = unrelated / knownServices.length;
    const sentence =
      `${unrelated} unrelated troubles (${troubled.length} services alarmed) among ${knownServices.length} known services; ` +
      `automation stops at ${limit.services} and more than ${Math.round(limit.share * 100)} %.`;
    return unrelated >= limit.services && share > limit.share ? deny(sentence) : pass(sentence);
  },
};

/** Troubled services that no other troubled service explains; a circle of calls with no way out counts once. */
export function unrelatedTroubles(troubled: readonly string[], calls: Calls): number {
  const reach = new Map(troubled.map((service) => [service, reachable(service, calls)]));
  const roots = troubled.filter((service) =>
    troubled.every((other) => other === service || !reach.get(service)?.has(other) || reach.get(other)?.has(service)),
  );
  return roots.filter((service, index) => !roots.slice(0, index).some((earlier) => reach.get(earlier)?.has(service))).length;
}

function reachable(from: string, calls: Calls): Set<string> {
  const found = new Set<string>();
  const open = [from];
  for (let service = open.pop(); service !== undefined; service = open.pop()) {
    for (const { caller, callee } of calls) {
      if (caller !== service || found.has(callee)) continue;
      found.add(callee);
      open.push(callee);
    }
  }
  return found;
}
