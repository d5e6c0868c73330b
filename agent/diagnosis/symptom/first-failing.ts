/**
 * Which node failed first. A failing span none of whose children fails points at its node; of the logs, whoever complained first, unless the
 * complaint names another node; the alert itself counts too. Weights are shares of one vote, so that no source decides alone.
 */
import type { Case } from '../case/case.ts';
import { parentsOf } from './call-graph.ts';
import { isBadStatus, type Symptoms, symptomsOf } from './symptoms.ts';

export interface FirstFailing {
  node: string;
  /** Share of the votes, 0..1. */
  share: number;
  /** Of each node that got a vote: why. */
  evidence: ReadonlyMap<string, readonly string[]>;
  votes: ReadonlyMap<string, number>;
}

const vote = { alert: 1, deepestSpan: 1, firstError: 0.8, named: 0.5 } as const;
/** Complaints within so many seconds of the first are taken as one moment. */
const sameMoment = 30;

export function firstFailing(given: Case, symptoms: Symptoms = symptomsOf(given)): FirstFailing {
  const votes = new Map<string, number>();
  const evidence = new Map<string, string[]>();
  const cast = (node: string, weight: number, why: string): void => {
    votes.set(node, (votes.get(node) ?? 0) + weight);
    evidence.set(node, [...(evidence.get(node) ?? []), why]);
  };
  cast(given.alert.node, vote.alert, 'it raised the alert');
  for (const [node, share] of deepestFailing(given)) cast(node, vote.deepestSpan * share, 'the deepest failing spans are its own');
  const complaints = symptoms.badShapes.filter(({ badness }) => badness > 0);
  const worst = complaints.some(({ badness }) => badness >= 0.9) ? complaints.filter(({ badness }) => badness >= 0.9) : complaints;
  const first = worst.reduce((least, shape) => Math.min(least, shape.first), Number.POSITIVE_INFINITY);
  const early = worst.filter((shape) => shape.first <= first + sameMoment);
  const nodes = new Set(given.edges.flat().concat(given.logs.map(({ node }) => node)));
  for (const { node, example } of early) {
    const blamed = [...nodes].filter((other) => other !== node && mentions(example, other));
    cast(node, (vote.firstError * (blamed.length > 0 ? 0.4 : 1)) / early.length, `among the first errors: ${example.slice(0, 160)}`);
    for (const other of blamed)
      if (votes.has(other)) cast(other, vote.named / early.length / blamed.length, `named in an error of ${node}`);
  }
  let best: [string, number] = [given.alert.node, 0];
  let total = 0;
  for (const [node, weight] of votes) {
    total += weight;
    if (weight > best[1]) best = [node, weight];
  }
  return { node: best[0], share: total > 0 ? best[1] / total : 0, evidence, votes };
}

/** Share of the failing traces whose deepest failing span runs in each node. */
function deepestFailing({ spans }: Case): Map<string, number> {
  const failing = spans.filter(({ status }) => isBadStatus(status));
  const hasFailingChild = new Set(parentsOf(failing).values());
  const leaves = failing.filter((span) => !hasFailingChild.has(span));
  const share = new Map<string, number>();
  for (const { node } of leaves) share.set(node, (share.get(node) ?? 0) + 1 / leaves.length);
  return share;
}

export function mentions(text: string, node: string): boolean {
  const at = text.toLowerCase().indexOf(node.toLowerCase());
  if (at < 0) return false;
  return !/[a-z0-9_-]/i.test(text[at - 1] ?? ' ') && !/[a-z0-9_-]/i.test(text[at + node.length] ?? ' ');
}
