/** Which words stand beside a question to a person, and how a channel without markup shows them. Pure. */
import type { Hypothesis } from '../domain/cause.ts';
import type { Narration } from './store.ts';
import { subjectOf } from './subject.ts';

/** The explanation of this very claim; none of an older one. */
export function explanationOf(narrations: readonly Narration[], hypothesis: Hypothesis | null): Narration | undefined {
  if (!hypothesis) return undefined;
  const subject = subjectOf(hypothesis);
  return narrations.find((one) => one.kind === 'explanation' && one.state === 'told' && one.subject === subject);
}

/** A line for each statement, with the beginnings of the ids it cites. Not escaped for any channel. */
export function linesOf({ statements }: Pick<Narration, 'statements'>): string[] {
  return statements.map(({ text, evidence }) => {
    const cited = evidence.map((id) => id.slice(0, 8)).join(', ');
    return `${text} (${cited ? `evidence ${cited}` : 'cites nothing'})`;
  });
}
