/** Asks again in other words and compares: names, order and the place of the calendar must not matter. */
import type { Case, CaseAnswer } from '../../agent/diagnosis/case.ts';
import { createRandom } from '../../chaos/crash/random.ts';
import { rename, shuffle } from '../perturb.ts';

export interface Copy {
  question: Case;
  /** The old name of a node of the copy. */
  original(node: string): string;
}

/** The same question with other names and its lists in another order. */
export function otherWords(question: Case, seed: number, at: number): Copy {
  const random = createRandom(seed + at);
  const renamed = rename(question, random);
  const back = new Map([...renamed.names].map(([old, fresh]) => [fresh, old]));
  return { question: shuffle(renamed.question, random), original: (node) => back.get(node) ?? node };
}

/** The answer with the old names again; sentences are left as they are. */
export function translated(answer: CaseAnswer, { original }: Copy): CaseAnswer {
  return { ...answer, ranked: answer.ranked.map((one) => ({ ...one, node: original(one.node) })) };
}

/** What must not depend on names and order; confidences are sums, whose last digits may. */
export function sameAnswer(one: CaseAnswer, other: CaseAnswer): boolean {
  const first = ({ ranked }: CaseAnswer) => ranked[0]?.node;
  return (
    first(one) === first(other) &&
    one.cause === other.cause &&
    one.change === other.change &&
    one.action === other.action &&
    one.abstain === other.abstain &&
    Math.abs(one.confidence - other.confidence) < 1e-6
  );
}
