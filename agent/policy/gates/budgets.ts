/** Sliding-window budgets over the ledger: per action, per target and for the whole fleet. A restart cannot refill them. */
import { resourceKey } from '../../domain/alert.ts';
import type { GateName } from '../../domain/verdict.ts';
import { deny, type Gate, pass, targetOf, within } from '../gate.ts';
import type { PastChange, PolicyRequest, PolicySettings } from '../request.ts';

type Budget = PolicySettings['fleetBudget'];

function budgetGate(
  name: GateName,
  budgetOf: (settings: PolicySettings) => Budget,
  counts: (change: PastChange, request: PolicyRequest) => boolean,
  scopeOf: (request: PolicyRequest) => string,
): Gate {
  return {
    name,
    judge(request, settings) {
      if (request.changes === null) return deny('The past changes could not be read.');
      const { changes, perSeconds } = budgetOf(settings);
      const counted = request.changes.filter((change) => counts(change, request));
      const used = within(counted, request.now, perSeconds).length;
      const sentence = `${used} of ${changes} changes ${scopeOf(request)} within ${perSeconds} s are used.`;
      return used < changes ? pass(sentence) : deny(sentence);
    },
  };
}

export const actionBudget = budgetGate(
  'action-budget',
  (settings) => settings.actionBudget,
  (change, request) => change.action === request.plan.action,
  (request) => `by ${request.plan.action}`,
);

export const targetBudget = budgetGate(
  'target-budget',
  (settings) => settings.targetBudget,
  (change, request) => change.target === targetOf(request),
  (request) => `of ${targetOf(request)}`,
);

export const clusterBudget = budgetGate(
  'cluster-budget',
  (settings) => settings.clusterBudget,
  (change, request) => change.target.startsWith(resourceKey({ ...request.plan.target, service: '' })),
  (request) => `in ${request.plan.target.cluster}`,
);

export const fleetBudget = budgetGate(
  'fleet-budget',
  (settings) => settings.fleetBudget,
  () => true,
  () => 'of the fleet',
);
