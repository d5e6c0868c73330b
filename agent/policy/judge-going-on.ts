/**
 * Policy for a change of several calls that has begun: may it go on? What it was judged by holds for the whole of it; what an operator has
 * turned off, protected, frozen or taken back since stops it before its next call.
 */
import type { GateResult } from '../domain/verdict.ts';
import { bareRequest } from './bare-request.ts';
import { featureFlag } from './gates/feature-flag.ts';
import { freezeWindow } from './gates/freeze-window.ts';
import { protectedTarget } from './gates/protected-target.ts';
import { handsOff } from './hands-off.ts';
import { isFault, type PolicyInForce } from './in-force.ts';
import { noPolicy } from './judge.ts';
import type { PolicyRequest } from './request.ts';

const gates = [featureFlag, protectedTarget, freezeWindow];

/** The first gate that has something against it, or null when it may go on. */
export function judgeGoingOn(asked: Pick<PolicyRequest, 'now' | 'plan' | 'purpose' | 'record'>, policy: PolicyInForce): GateResult | null {
  if (isFault(policy)) return noPolicy(policy);
  const request = bareRequest(asked);
  for (const { name, judge, onlyMends } of gates) {
    if (onlyMends && asked.purpose === 'tell') continue;
    const answer = judge(request, policy);
    if (answer.decision !== 'pass') return { gate: name, ...answer };
  }
  return handsOff(asked, policy);
}
