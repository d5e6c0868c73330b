/**
 * Which change is guilty, if any. Innocent until matched: a change must have had the opportunity, and its content must fit the trouble.
 *
 *   score  = time · place · harm · motive                              each 0..1 (`opportunity.ts`, `harmless.ts`)
 *   motive = 1 − (1 − means) · (1 − 0.4 · traces)
 *   means  = max over findings and kinds of trouble of  explains · strength of the symptom · (a + (1 − a) · traces of those lines)
 *
 * `means`: the diff can do such harm at all: it takes a guard, a limit, a release away, calls in a loop, renames a key (`removals.ts`,
 * `additions.ts`, `replacements.ts`); a = 0.7, and 0.2 for what harmless changes do as well. `traces`: its own rare words stand in the
 * symptoms (`traces.ts`). Words alone never suffice for much: a change may speak of the failing handler and do nothing to it.
 *
 * An operational cause of confidence c explains the symptoms away: traces, and kinds of trouble it does not share with changes, count 1 − c of
 * their worth, so that a change is blamed beside an expired certificate only if it touches certificates. "None" is a suspect with a fixed weight:
 * the heaviest is the answer, and its share of all the weight is the confidence. Without a diff, message and paths give weak means and a
 * confidence that stays low. Cost: linear in log lines, diff lines and points.
 */
import type { Case } from '../case/case.ts';
import { type OperationalCause, operationalCause } from '../operational/operational-cause.ts';
import { firstFailing } from '../symptom/first-failing.ts';
import { type Symptoms, symptomsOf } from '../symptom/symptoms.ts';
import { candidatesOf } from './candidates.ts';
import { parseDiff } from './diff.ts';
import { type Judged, judge } from './judge.ts';
import { tracesIn } from './traces.ts';

export interface SuspectChange {
  change: string;
  /** 0..1 */
  score: number;
  evidence: string[];
}

export interface ChangeVerdict {
  /** The guilty commit's sha, or `none`. */
  change: string;
  /** Score of the guilty one; of the most suspect one when none is guilty. */
  score: number;
  /** How far the guilty one is ahead of the next or, when none is guilty, how far below guilt the most suspect one stays; 0..1. */
  margin: number;
  /** 0..1, never 1. */
  confidence: number;
  evidence: string[];
  runnersUp: SuspectChange[];
  /** Going back undoes a change; where what it needs is missing, adding that is the nearer way. */
  action: 'roll-back-deployment' | 'roll-forward' | 'none';
}

/** The weight of "none" among the suspects: what a change must outweigh to be blamed. */
const none = 0.22;
/** How many suspects beside the first are weighed and told. */
const rivals = 3;
/** Nobody can be sure of a change he has not seen. */
const mostWithoutDiff = 0.4;

/** `known`: the cause outside, null when there is none; found here when it is left out. */
export function findChange(
  given: Case,
  symptoms: Symptoms = symptomsOf(given),
  known: OperationalCause | null | undefined = operationalCause(given, symptoms),
): ChangeVerdict {
  const operational = known ?? undefined;
  const candidates = candidatesOf(given.changes);
  const written = candidates.map(({ message, files, diff }) => ({ message, files, diff: diff ? parseDiff(diff) : undefined }));
  const traces = tracesIn(symptoms, written, namedNodes(given));
  const scene = { symptoms, operational, traces, first: firstFailing(given, symptoms), alertNode: given.alert.node };
  const suspects = candidates
    .map((candidate, i) => judge(candidate, written[i]?.diff, scene))
    .sort((a, b) => b.score - a.score || (a.change < b.change ? -1 : 1));
  const [best] = suspects;
  return best && best.score > none ? guilty(best, suspects) : innocent(suspects);
}

function guilty(best: Judged, suspects: readonly Judged[]): ChangeVerdict {
  const share = best.score / weightOf(suspects);
  return {
    change: best.change,
    score: best.score,
    margin: 1 - (suspects[1]?.score ?? 0) / best.score,
    confidence: best.hasDiff ? share : Math.min(mostWithoutDiff, share),
    evidence: best.evidence,
    runnersUp: suspects.slice(1, 1 + rivals),
    action: best.lacks ? 'roll-forward' : 'roll-back-deployment',
  };
}

function innocent(suspects: readonly Judged[]): ChangeVerdict {
  const [best] = suspects;
  const score = best?.score ?? 0;
  const reason = best ? `no change fits the trouble; the nearest, ${best.change}, reaches ${score.toFixed(2)}` : 'no change is known';
  return {
    change: 'none',
    score,
    margin: 1 - score / none,
    confidence: best ? none / weightOf(suspects) : mostWithoutDiff,
    evidence: [reason],
    runnersUp: suspects.slice(0, rivals),
    action: 'none',
  };
}

/** Of "none" and of the most suspect changes together. */
function weightOf(suspects: readonly Judged[]): number {
  return suspects.slice(0, 1 + rivals).reduce((sum, { score }) => sum + score, none);
}

function namedNodes({ alert, edges, logs, changes }: Case): Set<string> {
  const nodes = new Set([alert.node, ...edges.flat(), ...logs.map(({ node }) => node), ...changes.map(({ node }) => node)]);
  nodes.delete('');
  return nodes;
}
