/** What the gates judge by at this moment. Read it anew for every judgement: an operator may have changed it meanwhile. */
import type { Resource } from '../domain/alert.ts';
import type { PolicySettings } from './request.ts';

/** Why there is no policy right now, in a full sentence: the policy file cannot be read, or is wrong. Nothing is allowed then. */
export interface PolicyFault {
  fault: string;
}

export type PolicyInForce = PolicySettings | PolicyFault;

/** The same policy, by which the agent's own service is never changed either. */
export function protecting(own: Resource | null, policy: () => PolicyInForce): () => PolicyInForce {
  if (own === null) return policy;
  return () => {
    const inForce = policy();
    if (isFault(inForce)) return inForce;
    return { ...inForce, protectedServices: [...inForce.protectedServices, `${own.cluster}/${own.service}`] };
  };
}

export function isFault(policy: PolicyInForce): policy is PolicyFault {
  return 'fault' in policy;
}
