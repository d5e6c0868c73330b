/** Which written forms are values whatever the words around them say. */
import { backslash, colon, dot, isDigit, isHexDigit, slash } from './characters.ts';
import { isFixedName } from './word-lists.ts';

/** No word of any language; what a machine encoded. */
const longestWord = 64;
const shortestHexadecimal = 8;

export function isNumberOrId(text: string, digits: number): boolean {
  return digits > 0 ? !isFixedName(text) : text === 'NaN' || text === 'Infinity' || text === '-Infinity';
}

/** Paths, URLs, mail addresses, hexadecimal letters, and what is too long to be a word. */
export function isValueByForm(text: string, slashes: number): boolean {
  if (text.length > longestWord) return true;
  if (slashes > 0 && isPath(text, slashes)) return true;
  const at = text.indexOf('@');
  if (at > 0 && text.indexOf('.', at) > 0) return true;
  if (text.charCodeAt(1) === colon && text.charCodeAt(2) === backslash) return true;
  return text.length >= shortestHexadecimal && isHexadecimal(text);
}

function isPath(text: string, slashes: number): boolean {
  const first = text.charCodeAt(0);
  if (first === slash) return text.length > 1;
  return slashes > 2 || text.includes('://') || text.startsWith('./') || text.startsWith('~/') || text.startsWith('../');
}

function isHexadecimal(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (!isHexDigit(text.charCodeAt(index))) return false;
  return true;
}

/** `a.b.c`: a host, package or class; but not when it ends like an error or a constant, which says what happened. */
export function isQualifiedName(text: string): boolean {
  const last = text.lastIndexOf('.');
  return last > 0 && text.indexOf('.') < last && !namesWhatHappened(text);
}

export function namesWhatHappened(text: string): boolean {
  return text.endsWith('Exception') || text.endsWith('Error') || isConstantName(text.slice(text.lastIndexOf('.') + 1));
}

/** `LIKE_THIS`: a state, level or method of the program. */
export function isConstantName(text: string): boolean {
  if (text.length < 2) return false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (!((code >= 65 && code <= 90) || code === 95)) return false;
  }
  return true;
}

/** `word.17`: where the word ends, else 0. The word is kept, only the number varies. */
export function numberedWord(text: string, digits: number, letters: number): number {
  const cut = text.length - digits - 1;
  return cut > 1 && letters === cut && text.charCodeAt(cut) === dot && !isDigit(text.charCodeAt(0)) ? cut : 0;
}
