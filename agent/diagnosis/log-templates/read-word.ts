/** Finds where a word ends: words run on through the signs inside numbers, addresses, paths and URLs, and end where the sentence goes on. */
import {
  backslash,
  blank,
  colon,
  dot,
  escapeCode,
  inWord,
  isDigit,
  isHexDigit,
  isLetter,
  kindOf,
  minus,
  openBracket,
  quote,
  sign,
  slash,
  star,
} from './characters.ts';

export interface Word {
  /** Behind its last character; the start itself when there are only signs. */
  stop: number;
  digits: number;
  letters: number;
  slashes: number;
}

/** `word` is filled in, for this runs once a word of every line. */
export function readWord(message: string, start: number, end: number, word: Word): void {
  let digits = 0;
  let letters = 0;
  let slashes = 0;
  let dots = 0;
  let isAddress = false;
  let index = start;
  for (; index < end; index += 1) {
    const code = message.charCodeAt(index);
    if (isDigit(code)) {
      digits += 1;
      continue;
    }
    if (isLetter(code) && kindOf(code) === inWord) {
      letters += 1;
      continue;
    }
    const kind = kindOf(code);
    if (kind === blank || code === escapeCode) break;
    const next = index + 1 < end ? message.charCodeAt(index + 1) : 32;
    if (kind === sign) {
      const isApostrophe = code === quote && letters > 0 && isLetter(next);
      const isQuery = isAddress && kindOf(next) === inWord && '?&=,;!'.includes(message.charAt(index));
      if (isApostrophe || isQuery) continue;
      break;
    }
    if (code === slash) {
      slashes += 1;
      if (index === start || (next === slash && message.charCodeAt(index - 1) === colon)) isAddress = true;
    } else if (code === dot) {
      if (next === dot) break;
      dots += 1;
    } else if (code === colon) {
      if (kindOf(next) !== inWord || (index === start && next !== colon)) break;
      const isName = digits === 0 && slashes === 0 && dots === 0 && letters > 1;
      if (isName && message.charCodeAt(index - 1) !== colon && !runsOnBehindColon(message, start, index, next)) break;
    }
  }
  let stop = index;
  while (stop > start && isTrailing(message.charCodeAt(stop - 1))) stop -= 1;
  word.stop = stop;
  word.digits = digits;
  word.letters = letters;
  word.slashes = slashes;
}

/** `key:value` is a key and its value; `a::b`, `http://`, `C:\` and `ab:cd:ef:…` are one. */
function runsOnBehindColon(message: string, start: number, at: number, next: number): boolean {
  if (next === slash || next === backslash || next === colon) return true;
  const isFirst = at === start + 2;
  const isPair = isHexDigit(message.charCodeAt(at - 2)) && isHexDigit(message.charCodeAt(at - 1));
  if (!isPair || !isHexDigit(next) || !isHexDigit(message.charCodeAt(at + 2))) return false;
  return isFirst ? message.charCodeAt(at + 3) === colon : at > start + 2 && message.charCodeAt(at - 3) === colon;
}

/** Ends a sentence or joins two words, and so belongs to neither. */
export function isTrailing(code: number): boolean {
  return code === dot || code === colon || code === minus || code === star || code === openBracket;
}
