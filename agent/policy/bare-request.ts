/** A request about a plan alone, for gates that look at little else: what they do not look at stands empty. */
import type { PolicyRequest } from './request.ts';

export function bareRequest(asked: Pick<PolicyRequest, 'now' | 'plan'> & Partial<PolicyRequest>): PolicyRequest {
  const { target } = asked.plan;
  return {
    incidentId: '',
    resource: target,
    troubleSince: asked.now,
    hypothesis: { cause: 'overload', service: target.service, confidence: 0, evidence: [], because: [], refutedBy: '' },
    purpose: 'mend',
    needsApproval: null,
    killSwitch: null,
    knownServices: null,
    evidence: [],
    changes: null,
    record: null,
    troubledServices: null,
    ...asked,
  };
}
