/** What the logs of the suspects say that is new or missing. Words beside a ranking that others made: no rank and no confidence rests on them. */

import { compareLogs, type TemplateChange } from '../log-templates/compare-logs.ts';
import type { Case, RankedNode } from './case.ts';

/** Suspects looked at, sentences of each, and the least surprise worth one: one in a hundred. */
const suspects = 3;
const sentences = 2;
const leastSurprise = 2;
const longestSentence = 400;

export function withLogChanges(ranked: readonly RankedNode[], { logs, alert }: Case, onset: number | null): RankedNode[] {
  const changes = logs.length === 0 ? [] : compareLogs(logs, onset ?? alert.at);
  return ranked.map((suspect, index) => {
    const told = index < suspects ? changesOf(suspect.node, changes) : [];
    return told.length === 0 ? suspect : { ...suspect, evidence: [...suspect.evidence, ...told] };
  });
}

function changesOf(node: string, changes: readonly TemplateChange[]): string[] {
  return changes
    .filter((change) => change.node === node && change.surprise >= leastSurprise)
    .slice(0, sentences)
    .map(({ evidence }) => evidence.slice(0, longestSentence).toWellFormed());
}
