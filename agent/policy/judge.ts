/**
 * Policy: may this plan be carried out? Every gate answers, in order, and all answers are shown: deny beats ask beats allow.
 * Pure: the request is read beforehand; nothing here acts, and nothing else in the product may say yes.
 */
import type { GateResult, Verdict } from '../domain/verdict.ts';
import type { Gate } from './gate.ts';
import { gates } from './gates/list.ts';
import { isFault, type PolicyFault, type PolicyInForce } from './in-force.ts';
import type { PolicyRequest, PolicySettings } from './request.ts';

export function judge(request: PolicyRequest, policy: PolicyInForce): Verdict {
  if (isFault(policy)) return { decision: 'deny', gates: [noPolicy(policy)] };
  const results = gates.map((gate) => answerOf(gate, request, policy));
  return { decision: strictest(results), gates: results };
}

/** Without a policy no gate has anything to judge by, so this answer stands alone. */
export function noPolicy({ fault }: PolicyFault): GateResult {
  return { gate: 'policy-file', decision: 'deny', reason: `There is no policy to judge by, so nothing is allowed: ${fault}` };
}

/** No gate, no yes. */
export function strictest(results: readonly GateResult[]): Verdict['decision'] {
  if (results.length === 0 || results.some((result) => result.decision === 'deny')) return 'deny';
  return results.some((result) => result.decision === 'ask') ? 'ask' : 'allow';
}

/** A gate that stumbles over what it was given has not passed it. */
function answerOf(gate: Gate, request: PolicyRequest, settings: PolicySettings): GateResult {
  if (gate.onlyMends && request.purpose === 'tell') {
    return { gate: gate.name, decision: 'pass', reason: 'Nothing is changed: it only tells somebody.' };
  }
  try {
    return { gate: gate.name, ...gate.judge(request, settings) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { gate: gate.name, decision: 'deny', reason: `The gate could not judge what it was given: ${why}` };
  }
}
