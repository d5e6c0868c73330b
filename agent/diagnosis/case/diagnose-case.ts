/**
 * Answers one case: joins where the trouble sits, which change or which cause outside brought it, and whether there is any. Pure; a missing part
 * of the case is never an error, only less to go by. What is claimed is claimed with the confidence of the part that found it; where the metrics
 * deny the trouble and nobody complains, nothing is.
 */

import { type ChangeVerdict, findChange } from '../change/find-change.ts';
import { type OperationalCause, operationalCause } from '../operational/operational-cause.ts';
import { type FirstFailing, firstFailing } from '../symptom/first-failing.ts';
import { symptomsOf } from '../symptom/symptoms.ts';
import { type Where, where } from '../where/where.ts';
import type { Case, CaseAnswer, RankedNode } from './case.ts';
import { withLogChanges } from './log-evidence.ts';
import { hasComplaints, suspectsOf } from './suspects.ts';

/** Below this an answer claims nothing. */
const leastConfidence = 0.3;
/** Nobody is surer than this of a node, however clear the metrics are. */
const mostConfidence = 0.95;
/** Metrics that deny the trouble take at most this share of the confidence in what logs and changes tell. */
const denial = 0.5;

/** A ranking says little behind these. */
const mostSuspects = 50;

type Claim = Pick<CaseAnswer, 'cause' | 'confidence' | 'change' | 'action' | 'reason'>;

export function diagnoseCase(given: Case): CaseAnswer {
  const symptoms = symptomsOf(given);
  const operational = operationalCause(given, symptoms);
  const change = findChange(given, symptoms, operational ?? null);
  const first = firstFailing(given, symptoms);
  const place = where(given);
  const suspects = suspectsOf(given, place, first, operational?.cause === 'traffic-surge').slice(0, mostSuspects);
  const ranked = withLogChanges(suspects, given, symptoms.onset);
  const told = change.change === 'none' ? operational && outside(operational) : blamed(change);
  const claim = believed(told, place, hasComplaints(first, given)) ?? placed(given, place, suspects, first);
  const answer = claim && claim.confidence >= leastConfidence ? { ...claim, abstain: false } : silence(place, claim);
  return { id: given.id, ranked: ranked.map(legible), ...answer, confidence: Math.round(answer.confidence * 1000) / 1000 };
}

/** Three digits: more would be read as a precision that is not there. */
function legible(suspect: RankedNode): RankedNode {
  return { ...suspect, score: Number(suspect.score.toPrecision(3)) };
}

/** What logs and changes tell, unless the metrics deny that anything is wrong. */
function believed(told: Claim | undefined, { isReal }: Where, complaints: boolean): Claim | undefined {
  if (!told || isReal.real) return told;
  if (!complaints && isReal.confidence > 0) return undefined;
  const confidence = told.confidence * (1 - denial * isReal.confidence);
  return confidence < leastConfidence ? undefined : { ...told, confidence };
}

function blamed({ change, confidence, action, evidence }: ChangeVerdict): Claim {
  return { cause: 'bad-deployment', confidence, change, action, reason: evidence.slice(0, 3).join('; ') };
}

function outside({ cause, confidence, action, evidence }: OperationalCause): Claim {
  // One word per idea: what is a surge seen from outside is an overload of the service.
  const word = cause === 'traffic-surge' ? 'overload' : cause;
  return { cause: word, confidence, change: 'none', action, reason: evidence.slice(0, 3).join('; ') };
}

/** Where it is, though not what: surer the farther the first suspect is ahead of the second. That it raised the alert is no evidence against a node. */
function placed({ alert }: Case, { isReal }: Where, ranked: readonly RankedNode[], { votes, share }: FirstFailing): Claim | undefined {
  const [best, next] = ranked;
  if (!best || best.score <= 0) return undefined;
  if (!isReal.real && (votes.get(best.node) ?? 0) <= (best.node === alert.node ? 1 : 0)) return undefined;
  const ahead = 1 - 0.5 * ((next?.score ?? 0) / best.score);
  const confidence = Math.min(mostConfidence, isReal.real ? isReal.confidence * ahead : share * ahead * (1 - isReal.confidence) * denial);
  const cause = best.node === alert.node ? 'inconclusive' : 'dependency-fault';
  const reason = [isReal.real ? isReal.reason : '', `${best.node}: ${best.evidence.slice(0, 2).join('; ')}`].filter(Boolean).join('; ');
  return { cause, confidence, change: 'none', action: 'none', reason };
}

function silence({ isReal }: Where, claim: Claim | undefined): Omit<CaseAnswer, 'id' | 'ranked'> {
  const nothing = { change: 'none', action: 'none', abstain: true } as const;
  if (!claim && !isReal.real && isReal.confidence > 0)
    return { ...nothing, cause: 'no-fault', confidence: isReal.confidence, reason: isReal.reason };
  const reason = claim ? `too little speaks for it: ${claim.reason}` : isReal.reason;
  return { ...nothing, cause: 'inconclusive', confidence: claim?.confidence ?? 0, reason };
}
