/** What a yes is pinned to beside the plan: the claim it is to cure, and everything that claim was made from. */
import { canonicalHash } from '../audit/canonical-json.ts';
import type { Hypothesis } from '../domain/cause.ts';
import type { Evidence } from '../domain/evidence.ts';

/** SHA-256, hex. The same claim on fresher evidence has the same hash: numbers and wording are no part of it. */
export function claimHash({ cause, service, taskId, change }: Hypothesis): string {
  return canonicalHash({ cause, service, taskId, change });
}

/** SHA-256, hex: the claim word for word and every answer of every source behind it. */
export function evidenceHash(hypothesis: Hypothesis, evidence: readonly Evidence[]): string {
  return canonicalHash({ hypothesis, evidence: evidence.map(canonicalHash).sort() });
}
