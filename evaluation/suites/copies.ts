/** Asks again in other words and compares: names, order and the place of the calendar must not matter. */
import type { Case, CaseAnswer } from '../../agent/diagnosis/case/case.ts';
import { createRandom } from '../../chaos/crash/random.ts';
import { brief, type Figure, type Miss } from '../figure.ts';
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

/** How many answers are the same in other words, and which are not. `answers` carry the old names again. */
export function comparison(
  suite: string,
  before: readonly CaseAnswer[],
  answers: readonly CaseAnswer[],
  goal: Figure['goal'],
): { figure: Figure; misses: Miss[] } {
  const other = before.flatMap((one, at) => (answers[at] && sameAnswer(one, answers[at]) ? [] : [{ one, again: answers[at] }]));
  return {
    figure: {
      suite,
      title: 'the same answer, renamed and shuffled',
      ours: { right: before.length - other.length, of: before.length },
      published: '',
      goal,
    },
    misses: other.map(({ one, again }) => ({
      suite,
      case: `${one.id} in other words`,
      expected: brief(one),
      got: again ? brief(again) : 'nothing',
    })),
  };
}

/** What must not depend on names and order. Confidences may by a hundredth: longer words weigh a little more in texts, and sums are rounded. */
function sameAnswer(one: CaseAnswer, other: CaseAnswer): boolean {
  const first = ({ ranked }: CaseAnswer) => ranked[0]?.node;
  return (
    first(one) === first(other) &&
    one.cause === other.cause &&
    one.change === other.change &&
    one.action === other.action &&
    one.abstain === other.abstain &&
    Math.abs(one.confidence - other.confidence) < 0.01
  );
}
