/** What a model may answer, and what of it is kept: statements that cite evidence which exists. Pure. */
import { z } from 'zod';
import { cleanText } from '../evidence/answer.ts';
import { type Citable, citedIds } from '../evidence/in-words.ts';
import type { Statement } from './store.ts';

/** Wider than what is kept: a model that says too much is cut, not refused. */
export const Words = z.object({
  statements: z
    .array(
      z.object({
        text: z.string().describe('One or two short sentences'),
        evidence: z.array(z.string()).describe('Names of the evidence that shows it, such as E1; empty when none does'),
      }),
    )
    .describe('In the order in which they are to be read'),
});
export type Words = z.infer<typeof Words>;

const maxStatements = 8;
const maxStatementLength = 600;
const maxCitations = 10;
/** Names of evidence in brackets: they mean nothing outside the conversation. */
const bracketed = /\s?[[(]E\d{1,3}(?:,\s?E\d{1,3}){0,9}[\])]/gi;

/** Null when not one citation is of evidence that exists: then nobody can check a word of it. */
export function grounded({ statements }: Words, citables: readonly Citable[]): { statements: Statement[]; struck: number } | null {
  let struck = 0;
  const kept: Statement[] = [];
  for (const { text, evidence } of statements) {
    const line = cleanText(text.slice(0, 4 * maxStatementLength).replaceAll(bracketed, ''), maxStatementLength);
    if (line === '' || kept.length === maxStatements) continue;
    const cited = citedIds(citables, evidence.slice(0, maxCitations));
    struck += cited.struck;
    kept.push({ text: line, evidence: cited.ids });
  }
  return kept.some(({ evidence }) => evidence.length > 0) ? { statements: kept, struck } : null;
}
