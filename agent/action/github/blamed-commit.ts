/** Which commit a hypothesis blames: by its full id, as a source told it; a shorter name could stand for something else in the repository. */
import type { Hypothesis } from '../../domain/cause.ts';
import type { ChangeFact, Fact } from '../../domain/evidence.ts';
import type { NotPossible } from '../../domain/plan.ts';

export function blamedCommit({ change }: Hypothesis, facts: readonly Fact[]): string | NotPossible {
  if (change === undefined) return { notPossible: 'no commit is blamed' };
  const isBlamed = (fact: Fact): fact is ChangeFact =>
    fact.kind === 'change' && /^[0-9a-f]{40}$/.test(fact.sha) && change.length >= 7 && fact.sha.startsWith(change);
  const commits = new Set(facts.filter(isBlamed).map(({ sha }) => sha));
  const [commit] = commits;
  if (commit === undefined || commits.size > 1) return { notPossible: `no source told of exactly one commit ${change.slice(0, 40)}` };
  return commit;
}
