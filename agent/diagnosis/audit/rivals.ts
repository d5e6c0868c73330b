/**
 * Causes that fit the same facts take confidence from each other. Read alone, a confidence c is the odds c / (1 − c) of a claim against "none of
 * what we know". Of claims that exclude each other one is true at most, so that each keeps odds / (1 + the sum of its own and its rivals' odds):
 * Bayes' rule over the claims and "none of them", with no parameter. One claim alone keeps what it has; two of 0.9 keep 0.47 each.
 */
import type { Cause, Hypothesis } from '../../domain/cause.ts';

/** What the first kind of claim brings about by itself: seeing it speaks for the second ones, so they lose nothing to it. */
const explainedBy: Partial<Record<Cause, readonly Cause[]>> = {
  'sick-task': ['bad-deployment', 'cpu-runaway', 'health-check-failure'],
  'all-tasks-degraded': ['bad-deployment', 'overload', 'out-of-memory', 'cpu-runaway'],
  'task-start-failure': ['bad-deployment'],
  'health-check-failure': ['bad-deployment'],
  'capacity-loss': [
    'bad-deployment',
    'out-of-memory',
    'task-start-failure',
    'health-check-failure',
    'placement-failure',
    'stuck-deployment',
    'api-throttled',
  ],
};

/** Confidences as they stand beside each other, in the given order; a claim that lost some says to whom. */
export function weighRivals(claims: readonly Hypothesis[]): Hypothesis[] {
  return claims.map((claim) => {
    const rivals = claims.filter((other) => other !== claim && isRival(other, claim) && other.confidence > 0);
    if (rivals.length === 0) return claim;
    const own = odds(claim.confidence);
    const all = rivals.reduce((sum, rival) => sum + odds(rival.confidence), own);
    const confidence = Math.floor((own / (1 + all)) * 100) / 100;
    const named = rivals.map(({ cause, service, confidence: theirs }) => `${cause} in ${service} (${theirs.toFixed(2)})`).join(', ');
    return {
      ...claim,
      confidence,
      because: [...claim.because, `less than ${claim.confidence.toFixed(2)} since ${named} would explain it too`],
    };
  });
}

/** Does `other` speak against `claim`? */
function isRival(other: Hypothesis, claim: Hypothesis): boolean {
  if (other.service !== claim.service) return true;
  // It only says where the trouble sits, which the claim says as well.
  if (other.cause === 'dependency-fault' || other.cause === claim.cause) return false;
  return !explainedBy[other.cause]?.includes(claim.cause);
}

function odds(confidence: number): number {
  const certain = 0.99;
  return Math.min(confidence, certain) / (1 - Math.min(confidence, certain));
}
