/**
 * How a text reads to a person: letters that only look like ASCII as ASCII, what is escaped as what it stands for, and nothing that is not seen.
 * For finding, never for keeping.
 */

/** Letters of other scripts that no reader tells from ASCII ones; those that Unicode itself calls compatible need no table. */
const lookAlikes: ReadonlyMap<string, string> = new Map([
  ...inPairs('АВСЕНІЈКМОРЅТХҮԚԜѴаԁсеһіјӏорԛѕтхуѵԝ', 'ABCEHIJKMOPSTXYQWVadcehijlopqstxyvw'),
  ...inPairs('ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιονρυ', 'ABEZHIKMNOPTYXaiovpu'),
]);

const oneLine = /^[ -[\]-~]*$/;
const lines = /^[\t\n\r -[\]-~]*$/;
const unseen = /[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** Colours and cursor moves of terminals, control characters that may stand within a word, and escapes of JSON, however often escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const special = /\u001b\[[0-9;]{0,20}[A-Za-z]|[\0-\x08\v\f\x0e-\x1f\x7f-\x9f]|(?<!\\)\\+(?:["'`/bfnrt]|u[0-9a-f]{4})/gi;

export interface AsRead {
  text: string;
  /** Where in the original the character at an index of `text` begins; one more for the end. */
  origin(index: number): number;
}

export function asRead(original: string): AsRead {
  if (oneLine.test(original) || lines.test(original)) return { text: original, origin: (index) => index };
  const spans = [...original.matchAll(special)];
  let text = '';
  const origins: number[] = [];
  const add = (letters: string, at: number) => {
    for (let unit = 0; unit < letters.length; unit += 1) origins.push(at);
    text += letters;
  };
  let next = 0;
  for (let at = 0; at < original.length; ) {
    const span = spans[next];
    if (span?.index === at) {
      next += 1;
      add(unescaped(span[0]), at);
      at += span[0].length;
      continue;
    }
    const letter = String.fromCodePoint(original.codePointAt(at) ?? 0);
    add(read(letter), at);
    at += letter.length;
  }
  return { text, origin: (index) => origins[index] ?? original.length };
}

function unescaped(span: string): string {
  if (!span.startsWith('\\')) return '';
  const sign = span.replace(/^\\+/, '');
  if (sign.length > 1) return read(String.fromCharCode(Number.parseInt(sign.slice(1), 16)));
  return /[bfnrt]/i.test(sign) ? '\n' : sign;
}

function read(letter: string): string {
  if (letter <= '\x7f') return letter;
  const compatible = letter.normalize('NFKD').replace(unseen, '');
  return lookAlikes.get(compatible) ?? compatible;
}

function inPairs(from: string, to: string): [string, string][] {
  return [...from].map((letter, index) => [letter, to[index] ?? letter]);
}
