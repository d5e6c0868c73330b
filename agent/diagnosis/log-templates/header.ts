/** Where in a line the message begins: behind the time, level, thread and name of the logger that many lines still carry. */
import { variable } from './tokens.ts';
import { isLevel } from './word-lists.ts';

const signs = new Set([':', '-', '|', ',', '*', '#', '.', '/']);
/** A bracket that is longer is a part of the message. */
const longestBracket = 8;

/** Index of the first token of the message; 0 when all would be header. */
export function beginningOf(tokens: readonly string[]): number {
  let at = 0;
  while (at < tokens.length) {
    const behind = behindPart(tokens, at);
    if (behind === at) return at;
    at = behind;
  }
  return 0;
}

function behindPart(tokens: readonly string[], at: number): number {
  const token = tokens[at] as string;
  if (token === variable || signs.has(token) || isLevel(token)) return at + 1;
  if (token === '[' || token === '(') {
    const close = tokens.indexOf(token === '[' ? ']' : ')', at);
    return close > 0 && close - at <= longestBracket ? close + 1 : at;
  }
  // A name with a colon is a logger's only where something of a header stood before it.
  return at > 0 && tokens[at + 1] === ':' && at + 2 < tokens.length ? at + 2 : at;
}
