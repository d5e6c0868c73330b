/** A kind of message: its tokens, and which of them are values. */
import { isLetter, openBrace } from './characters.ts';
import { beginningOf } from './header.ts';
import { variable } from './tokens.ts';

export interface Shape {
  readonly tokens: readonly string[];
  readonly spaced: readonly boolean[];
  /** Places found to hold values by comparison with other messages: any word fits there. */
  readonly open: ReadonlySet<number>;
}

/** A word has a letter in it; the list of a structured line's keys is none. */
export function isWord(token: string): boolean {
  if (token === variable || token.charCodeAt(0) === openBrace) return false;
  for (let index = 0; index < token.length; index += 1) if (isLetter(token.charCodeAt(index))) return true;
  return false;
}

export const valuesOf = ({ tokens }: Shape): number => tokens.filter((token) => token === variable).length;

/** Shapes that could be one kind are equal in this. */
export const startOf = (tokens: readonly string[]): string => `${tokens.length} ${tokens[beginningOf(tokens)] ?? ''}`;

export function withOpen({ tokens, spaced, open }: Shape, places: readonly number[]): Shape {
  const more = new Set(places);
  return { tokens: tokens.map((token, at) => (more.has(at) ? variable : token)), spaced, open: new Set([...open, ...places]) };
}

export function textOf({ tokens, spaced }: Shape): string {
  return tokens.map((token, at) => (at > 0 && spaced[at] ? ` ${token}` : token)).join('');
}
