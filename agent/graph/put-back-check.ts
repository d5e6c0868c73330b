/** Reads what the policy looks at before a change is put back after its incident. What cannot be read stops it. */
import type { PutBackCheck } from '../action/put-back/put-back.ts';
import { resourceKey } from '../domain/alert.ts';
import { judgePutBack } from '../policy/judge-put-back.ts';
import type { NodeDependencies } from './dependencies.ts';
import { orNull, pastChanges } from './policy-request.ts';

export function createPutBackCheck(deps: NodeDependencies): PutBackCheck {
  return async ({ incidentId, plan }) => {
    const { cluster } = plan.target;
    const [killSwitch, knownServices, changes, troubledServices, record] = await Promise.all([
      orNull(deps, deps.killSwitch.isOn()),
      orNull(deps, deps.inventory.services(cluster)),
      orNull(deps, pastChanges(deps, 'mend')),
      orNull(deps, deps.incidents.troubledServices(cluster)),
      orNull(deps, deps.records.of(resourceKey(plan.target), plan.action)),
    ]);
    const now = deps.clock.now().toISOString();
    return judgePutBack({ now, incidentId, plan, killSwitch, knownServices, changes, troubledServices, record }, deps.policy());
  };
}
