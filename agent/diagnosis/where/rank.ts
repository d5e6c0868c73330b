/** From what was found to the suspects in order, each with its evidence. */
import type { RankedNode } from '../case/case.ts';
import type { Kind } from './alerting.ts';
import type { Blame, Blames } from './blame.ts';
import { deviation, type Excess } from './excess.ts';
import type { Findings } from './findings.ts';
import { delaySentence, departureSentence, failureSentence, silentSentence } from './sentences.ts';
import type { Troubles } from './troubles.ts';

/** The kind of trouble the alert is not about counts this much: it breaks ties and fills gaps. */
const otherKind = 0.1;
/** So do nodes the alerting node does not reach: a call graph may be incomplete. */
const outOfReach = 0.1;
/** What a departure of another metric adds to a suspect, as a share of its score; and the score of a node nothing else is known of. */
const departureBonus = 0.2;
const departureAlone = 0.05;
const departuresTold = 3;
/** Trouble of fewer standard deviations is not told, and a suspect with a smaller score is none. */
const leastTold = 1;
const leastScore = 0.001;

interface Part {
  blames: Blames;
  troubles: Troubles;
  weight: number;
  say: (trouble: Excess, blame: Blame) => string;
}

interface Suspect extends RankedNode {
  /** All trouble the node shows, its own or not: tells nodes of equal score apart. */
  loudness: number;
}

/** `kinds` are those the alert is about, `scope` the nodes it reaches. Empty when nobody is suspect. */
export function rank(findings: Findings, kinds: ReadonlySet<Kind>, scope: ReadonlySet<string>): RankedNode[] {
  const parts = partsOf(findings, kinds, scope);
  const known = new Set([...findings.departures.keys(), ...findings.delayBlames.keys(), ...findings.failureBlames.keys()]);
  return [...known]
    .map((node) => suspectOf(node, parts, findings, scope))
    .filter(({ score }) => score >= leastScore)
    .sort((a, b) => b.score - a.score || b.loudness - a.loudness || (a.node < b.node ? -1 : 1))
    .map(({ node, score, evidence }) => ({ node, score, evidence }));
}

function partsOf({ delays, failures, delayBlames, failureBlames }: Findings, kinds: ReadonlySet<Kind>, scope: ReadonlySet<string>): Part[] {
  // An alert about neither kind, or about both, is about half of each.
  const isAboutOne = kinds.size === 1 && !kinds.has('other');
  const weightOf = (kind: Kind, blames: Blames) => {
    const most = [...blames].reduce((best, [node, { own }]) => Math.max(best, own * reach(node, scope)), 0);
    return (!isAboutOne ? 0.5 : kinds.has(kind) ? 1 : otherKind) / most;
  };
  return [
    { blames: delayBlames, troubles: delays, weight: weightOf('latency', delayBlames), say: delaySentence },
    { blames: failureBlames, troubles: failures, weight: weightOf('availability', failureBlames), say: failureSentence },
  ].filter(({ weight }) => Number.isFinite(weight));
}

function suspectOf(node: string, parts: readonly Part[], { silent, departures }: Findings, scope: ReadonlySet<string>): Suspect {
  const evidence = silent.includes(node) ? [silentSentence()] : [];
  let [score, loudness] = [0, 0];
  for (const { blames, troubles, weight, say } of parts) {
    const blame = blames.get(node);
    const trouble = troubles.get(node);
    if (!blame) continue;
    score += weight * blame.own * reach(node, scope);
    loudness += Math.max(0, trouble?.amount ?? 0);
    if (blame.own > 0 && trouble && deviation(trouble) >= leastTold) evidence.push(say(trouble, blame));
    evidence.push(...blame.because);
  }
  const departed = departures.get(node) ?? [];
  evidence.push(...departed.slice(0, departuresTold).map(departureSentence));
  if (departed.length > 0) score = Math.max(score * (1 + departureBonus), departureAlone * reach(node, scope));
  return { node, score, evidence, loudness };
}

function reach(node: string, scope: ReadonlySet<string>): number {
  return scope.has(node) ? 1 : outOfReach;
}
