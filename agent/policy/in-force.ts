/** What the gates judge by at this moment. Read it anew for every judgement: an operator may have changed it meanwhile. */
import type { PolicySettings } from './request.ts';

/** Why there is no policy right now, in a full sentence: the policy file cannot be read, or is wrong. Nothing is allowed then. */
export interface PolicyFault {
  fault: string;
}

export type PolicyInForce = PolicySettings | PolicyFault;

export function isFault(policy: PolicyInForce): policy is PolicyFault {
  return 'fault' in policy;
}
