/** Of several answers of one source, the youngest; an answer without a readable time counts as the oldest. */
import type { PolicyRequest } from '../request.ts';

type Answer = PolicyRequest['evidence'][number];

export function latestAnswer(evidence: readonly Answer[], source: string): Answer | undefined {
  const time = (answer: Answer) => {
    const at = Date.parse(answer.observedAt);
    return Number.isFinite(at) ? at : Number.NEGATIVE_INFINITY;
  };
  return evidence
    .filter((answer) => answer.source === source)
    .reduce<Answer | undefined>((latest, answer) => (latest === undefined || time(answer) >= time(latest) ? answer : latest), undefined);
}
