/** Whom a change can make suffer: its own node and who calls it, near or far. */
import type { OperationalCause } from '../operational/operational-cause.ts';
import { hopsFrom } from '../symptom/call-graph.ts';
import type { Family } from '../symptom/families.ts';
import type { Symptoms } from '../symptom/symptoms.ts';
import type { Candidate } from './candidates.ts';

/** Kinds of trouble that do not spread from a node to those it does not serve; a quota or a disk is shared, so there a neighbour may be the one to blame. */
const staysHome: readonly Family[] = ['dns', 'connect', 'certificate', 'clock'];

/** The kinds of trouble of a cause outside that this change may have brought about as well. */
export function sharedWith(operational: OperationalCause, { released }: Candidate, { graph }: Symptoms): readonly Family[] {
  const reaches = released.some(({ node }) => {
    const isService = graph.callers.has(node) || graph.callees.has(node);
    const reached = hopsFrom(node, graph.callers);
    return !isService || [...operational.heardAt].every((other) => other === node || reached.has(other));
  });
  return reaches ? operational.sharedWith : operational.sharedWith.filter((family) => !staysHome.includes(family));
}
