/** Whether the agent is told to keep its hands off, by the policy or by an operator, whatever has been earned or lost. */
import type { GateResult } from '../domain/verdict.ts';
import { levelOf } from './earned/level-in-force.ts';
import type { PolicyRequest, PolicySettings } from './request.ts';

type Asked = Pick<PolicyRequest, 'plan' | 'record' | 'purpose'>;

/** Null at the levels `approve` and `auto`. */
export function handsOff({ plan: { action }, record, purpose }: Asked, { autonomy, earning }: PolicySettings): GateResult | null {
  if (record === null) return { gate: 'autonomy', decision: 'deny', reason: `The record of ${action} could not be read.` };
  const { level, because } = levelOf(record, { action, purpose }, { autonomy, earning: { ...earning, on: false } });
  if (level === 'approve' || level === 'auto') return null;
  return { gate: 'autonomy', decision: 'deny', reason: `${action} is at the level ${level} (${because}): nothing is changed.` };
}
