/**
 * How strongly one more spelling at one place of otherwise equal messages says that the place holds a value. A place that holds a few spellings,
 * however often, is a choice the program makes and so different messages; one whose spellings keep coming is a value.
 */
import { isWord } from './template.ts';
import { variable } from './tokens.ts';
import { isConstantName, namesWhatHappened } from './values.ts';
import { leadsToName, leadsToUser } from './word-lists.ts';

/** A sum of shares of 1 reaches 1 up to what adding them loses. */
export const enough = 1 - 1e-9;

export interface Variability {
  /** So many spellings make a value where a name is to be expected: behind `for`, `=`, `(` and their like. */
  namesNeeded: number;
  /** Elsewhere, where a sentence just has one more word. */
  wordsNeeded: number;
  /** Behind `for user` and its like. */
  usersNeeded: number;
  /** Where the form alone told some of them for values: as a share of what is needed. */
  formShare: number;
  /** `LIKE_THIS`. */
  constantsNeeded: number;
}

export const defaultVariability: Variability = { namesNeeded: 5, wordsNeeded: 8, usersNeeded: 2, formShare: 0.9, constantsNeeded: 20 };

const choices = new Set(['true', 'false', 'yes', 'no', 'on', 'off', 'ok', 'enabled', 'disabled', 'succeeded', 'failed', 'up', 'down']);

/** What the spelling at `at` adds; at 1 the place holds a value. 0 for what says what happened, which is never hidden. */
export function weightOf(
  tokens: readonly string[],
  at: number,
  { namesNeeded, wordsNeeded, usersNeeded, formShare, constantsNeeded }: Variability,
): number {
  const token = tokens[at] as string;
  if (token === variable) return formShare;
  if (!isWord(token) || !mayBeValue(token)) return 0;
  if (isConstantName(token)) return 1 / constantsNeeded;
  const before = tokens[at - 1] ?? '';
  if (leadsToUser(tokens[at - 2] ?? '', before)) return 1 / usersNeeded;
  return 1 / (leadsToName(before) ? namesNeeded : wordsNeeded);
}

export function mayBeValue(token: string): boolean {
  return !choices.has(token.toLowerCase()) && (isConstantName(token) || !namesWhatHappened(token));
}
