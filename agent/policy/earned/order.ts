/**
 * Who may order which level: lowering is open to everybody who reaches the API, as the kill switch is; raising needs who may approve.
 * Raising is more than what was earned, even while nothing has to be.
 */
import type { Resource } from '../../domain/alert.ts';
import type { Autonomy } from '../../domain/verdict.ts';
import { refuseApprover } from '../approvers.ts';
import { isFault, type PolicyInForce } from '../in-force.ts';
import type { Experience } from './experience.ts';
import { levelOf } from './level-in-force.ts';
import { rankOf } from './levels.ts';

export interface OrderAsked {
  action: string;
  purpose: 'mend' | 'tell';
  target: Resource;
  level: Autonomy | null;
  by: string;
}

/** Why this person may not order this, in a full sentence; null when they may. To take an order back lets go of what it held down. */
export function refuseOrder(
  policy: PolicyInForce,
  record: readonly Experience[],
  { action, purpose, target, level, by }: OrderAsked,
): string | null {
  if (isFault(policy)) return level === 'observe' ? null : `There is no policy to judge by: ${policy.fault}`;
  // As if earning were on: an order outlives the settings, and one that changes nothing today must be no grant the day it is turned on.
  const present = levelOf(record, { action, purpose }, { ...policy, earning: { ...policy.earning, on: true } });
  const raises = level === null ? present.standing.order !== null : rankOf(level) > rankOf(present.level);
  return raises ? refuseApprover(policy.approval, { action, target, requestedBy: [] }, 'approved', by) : null;
}
