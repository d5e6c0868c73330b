/**
 * Which nodes are suspect, by metrics and by what logs and spans complain of, as one ranking.
 *
 *   score = w · (what it adds by the metrics, as a share of the most) + (votes of logs and spans, as a share of the most)
 *
 * The metrics weigh most when the call graph is known and the alert is about what they measure: then they say how much of the trouble each node
 * adds, while the loudest complaint often comes from a caller. Without complaints they alone count.
 */

import type { FirstFailing } from '../symptom/first-failing.ts';
import type { Where } from '../where/where.ts';
import type { Case, RankedNode } from './case.ts';

const weight = { sure: 1.5, guessed: 0.5, beside: 0.25 } as const;

export function suspectsOf(given: Case, where: Where, first: FirstFailing, isSurge: boolean): RankedNode[] {
  const heard = new Map(first.votes);
  const knowsCalls = given.edges.length > 0;
  const measures = where.isReal.real && /^(latency|availability)$/.test(given.alert.metric) && !isSurge;
  // Where the calls are known, who raised the alert is only where the trouble was felt.
  if (measures && knowsCalls) heard.set(given.alert.node, (heard.get(given.alert.node) ?? 0) - 1);
  const loudest = [...heard.values()].reduce((most, vote) => Math.max(most, vote), 0);
  const most = where.ranked.reduce((highest, { score }) => Math.max(highest, score), 0);
  if (!hasComplaints(first, given) || loudest <= 0) return most > 0 || heard.size === 0 ? where.ranked : fromVotes(first);
  const w = measures ? (knowsCalls ? weight.sure : weight.guessed) : weight.beside;
  const ranked = new Map(where.ranked.map((one) => [one.node, { ...one, score: most > 0 ? (w * one.score) / most : 0 }]));
  for (const [node, vote] of heard) {
    const known = ranked.get(node) ?? { node, score: 0, evidence: [] };
    const evidence = [...known.evidence, ...(first.evidence.get(node) ?? [])];
    ranked.set(node, { node, score: known.score + Math.max(0, vote) / loudest, evidence });
  }
  return [...ranked.values()].filter(({ score }) => score > 0).sort((one, other) => other.score - one.score);
}

/** Has anybody but the alert itself cast a vote? */
export function hasComplaints({ votes }: FirstFailing, { alert }: Case): boolean {
  return votes.size > 1 || (votes.get(alert.node) ?? 0) > 1;
}

function fromVotes({ votes, evidence }: FirstFailing): RankedNode[] {
  return [...votes]
    .map(([node, score]): RankedNode => ({ node, score, evidence: [...(evidence.get(node) ?? [])] }))
    .sort((one, other) => other.score - one.score);
}
