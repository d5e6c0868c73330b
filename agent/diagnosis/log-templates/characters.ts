/** Kinds of characters, by code: looked up for every character of every line, so tables and no regular expressions. */

export const inWord = 0;
export const blank = 1;
/** Stands alone wherever it is. */
export const sign = 2;

const ascii = new Uint8Array(128);
for (let code = 0; code <= 32; code += 1) ascii[code] = blank;
ascii[127] = blank;
for (const character of '()[]{}<>"\'`,;=|&?!') ascii[character.charCodeAt(0)] = sign;

export function kindOf(code: number): number {
  if (code < 128) return ascii[code] as number;
  const isBlank = code < 160 || code === 0xa0 || code === 0xfeff || code === 0x3000 || (code >= 0x2000 && code <= 0x200f);
  return isBlank || code === 0x2028 || code === 0x2029 ? blank : inWord;
}

export const isDigit = (code: number): boolean => code >= 48 && code <= 57;
/** Every character beyond ASCII counts as a letter: no log is cut wrongly for the language it is written in. */
export const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code > 127;
export const isHexDigit = (code: number): boolean => isDigit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);

export const escapeCode = 27;
export const doubleQuote = 34;
export const quote = 39;
export const star = 42;
export const minus = 45;
export const dot = 46;
export const slash = 47;
export const colon = 58;
export const lessThan = 60;
export const greaterThan = 62;
export const openBracket = 91;
export const backslash = 92;
export const backQuote = 96;
export const openBrace = 123;
