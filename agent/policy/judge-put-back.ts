/**
 * Policy for a change that was meant for a time only: may it be put back right now? It was allowed together with the change, so no evidence,
 * confidence or budget is asked for again; what stops every change, and what would lay a second hand on the service, stops this one too.
 */
import type { GateResult } from '../domain/verdict.ts';
import { bareRequest } from './bare-request.ts';
import { changeInFlight } from './gates/change-in-flight.ts';
import { featureFlag } from './gates/feature-flag.ts';
import { freezeWindow } from './gates/freeze-window.ts';
import { killSwitch } from './gates/kill-switch.ts';
import { knownTarget } from './gates/known-target.ts';
import { protectedTarget } from './gates/protected-target.ts';
import { handsOff } from './hands-off.ts';
import { isFault, type PolicyInForce } from './in-force.ts';
import { noPolicy } from './judge.ts';
import type { PolicyRequest } from './request.ts';

export type PutBackRequest = Pick<
  PolicyRequest,
  'now' | 'incidentId' | 'plan' | 'killSwitch' | 'knownServices' | 'changes' | 'troubledServices' | 'record'
>;

const gates = [killSwitch, featureFlag, knownTarget, protectedTarget, freezeWindow, changeInFlight];

/** The first gate that has something against it, or null when it may be put back. */
export function judgePutBack(asked: PutBackRequest, policy: PolicyInForce): GateResult | null {
  if (isFault(policy)) return noPolicy(policy);
  const request = bareRequest(asked);
  for (const { name, judge } of gates) {
    const answer = judge(request, policy);
    if (answer.decision !== 'pass') return { gate: name, ...answer };
  }
  // The agreement to the change covers this too.
  return incidentOnTarget(asked) ?? handsOff(request, policy);
}

/** While somebody is at work on the service, its capacity is theirs to judge. */
function incidentOnTarget({ plan: { target }, troubledServices }: PutBackRequest): GateResult | null {
  if (troubledServices === null) return { gate: 'change-in-flight', decision: 'deny', reason: 'The open incidents could not be read.' };
  if (!troubledServices.includes(target.service)) return null;
  return {
    gate: 'change-in-flight',
    decision: 'deny',
    reason: `An incident about ${target.service} is open, or was handed to a person a short while ago.`,
  };
}
