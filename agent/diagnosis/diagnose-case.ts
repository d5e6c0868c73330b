/**
 * Answers one case: joins where the trouble sits, which change or which cause outside brought it, and whether there is any. Pure; a missing part
 * of the case is never an error, only less to go by.
 */
import type { Case, CaseAnswer, RankedNode } from './case.ts';
import { type ChangeVerdict, findChange } from './change/find-change.ts';
import { type OperationalCause, operationalCause } from './operational/operational-cause.ts';
import { type FirstFailing, firstFailing } from './symptom/first-failing.ts';
import { symptomsOf } from './symptom/symptoms.ts';

/** Below this an answer claims nothing. */
const leastConfidence = 0.3;

export function diagnoseCase(given: Case): CaseAnswer {
  const symptoms = symptomsOf(given);
  const operational = operationalCause(given, symptoms);
  const change = findChange(given, symptoms, operational);
  const first = firstFailing(given, symptoms);
  const ranked = rankedBy(first);
  const told = change.change === 'none' ? outside(operational) : blamed(change);
  return { id: given.id, ranked, ...told };
}

type Told = Omit<CaseAnswer, 'id' | 'ranked'>;

function blamed({ change, confidence, action, evidence }: ChangeVerdict): Told {
  if (confidence < leastConfidence) return nothingToSay(`${change} fits the trouble, but hardly: ${evidence[0] ?? ''}`);
  return { cause: 'bad-deployment', confidence, change, action, abstain: false, reason: evidence.slice(0, 3).join('; ') };
}

function outside(operational: OperationalCause | undefined): Told {
  if (!operational) return nothingToSay('no change and no cause outside fits what is known');
  const { cause, confidence, action, evidence } = operational;
  // One word per idea: what is a surge seen from outside is an overload of the service.
  const word = cause === 'traffic-surge' ? 'overload' : cause;
  return { cause: word, confidence, change: 'none', action, abstain: false, reason: evidence.slice(0, 3).join('; ') };
}

function nothingToSay(reason: string): Told {
  return { cause: 'inconclusive', confidence: 0, change: 'none', action: 'none', abstain: true, reason };
}

/** By their votes; of equal ones the one whose evidence came first. */
function rankedBy({ votes, node, evidence }: FirstFailing): RankedNode[] {
  return [...votes]
    .map(([voted, score]): RankedNode => ({ node: voted, score, evidence: voted === node ? evidence : [] }))
    .sort((one, other) => other.score - one.score);
}
