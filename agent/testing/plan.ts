/** A plan as an action would make it. */
import type { Plan } from '../domain/plan.ts';

/** Restarts `shop/checkout`, unless the test says otherwise. */
export function planOf(overrides: Partial<Plan> = {}): Plan {
  return {
    action: 'force-new-deployment',
    target: { cluster: 'shop', service: 'checkout' },
    params: { cluster: 'shop', service: 'checkout' },
    calls: [{ operation: 'UpdateService', input: { cluster: 'shop', service: 'checkout', forceNewDeployment: true } }],
    blastRadius: { services: 1, tasks: 2, shareOfCapacity: 0.5 },
    snapshot: { taskDefinition: 'checkout:7', desiredCount: 2 },
    undo: { kind: 'none', reason: 'a restart has nothing to put back' },
    summary: 'restart checkout',
    ...overrides,
  };
}
