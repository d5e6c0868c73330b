/** How far back past changes are read: as far as any gate counts them. */
import { isFault, type PolicyInForce } from './in-force.ts';

/** A change that is mended and comes back within a day counts as a failure from then on. */
const daySeconds = 86_400;

/** Seconds. */
export function lookBackSeconds(policy: PolicyInForce): number {
  if (isFault(policy)) return daySeconds;
  const { cooldownSeconds, breaker } = policy;
  const budgets = [policy.targetBudget, policy.actionBudget, policy.clusterBudget, policy.fleetBudget].map(({ perSeconds }) => perSeconds);
  return daySeconds + Math.max(cooldownSeconds, breaker.perSeconds + breaker.openSeconds, ...budgets);
}
