/**
 * Cuts a log message into words and signs and replaces by `<*>` what every engineer calls a value: numbers, ids, addresses, paths, URLs, times, sizes,
 * short quotations. One pass over a bounded length and no regular expression that could step back: a hostile line costs what an ordinary one of its length does.
 */
import {
  backQuote,
  blank,
  colon,
  dot,
  doubleQuote,
  escapeCode,
  greaterThan,
  inWord,
  isDigit,
  kindOf,
  lessThan,
  minus,
  openBracket,
  quote,
  sign,
} from './characters.ts';
import { isTrailing, readWord, type Word } from './read-word.ts';
import { isNumberOrId, isQualifiedName, isValueByForm, numberedWord } from './values.ts';
import { isMethod, isMonth, isUnit, isWeekday } from './word-lists.ts';

export const variable = '<*>';

const maxLength = 4_096;
const maxTokens = 256;
const longestQuotation = 256;
/** So many signs in a row are no sign any more but a number that was not there. */
const placeholderStars = 3;
/** Between two values these make one list, range or time of them. */
const joins = new Set([',', ';', '-', '/', '|', ':', '+']);

export class Tokens {
  readonly texts: string[] = [];
  /** Whether blanks stood before the token. */
  readonly spaced: boolean[] = [];
  isSpaced = false;
  #isNumber = false;

  push(text: string): void {
    this.texts.push(text);
    this.spaced.push(this.isSpaced);
    this.isSpaced = false;
    this.#isNumber = false;
  }

  /** `5 ms` and `<1 sec` are one value, as `00:05` is. */
  pushWord(text: string): void {
    if (this.#isNumber && isUnit(text)) {
      this.isSpaced = false;
      this.#isNumber = false;
    } else this.push(text);
  }

  /** Lists, ranges and dates become one value, or those of different lengths would be different kinds. */
  pushVariable(isNumber: boolean): void {
    if (isNumber) this.#dropDateWords();
    const last = this.texts.length - 1;
    if (last > 0 && joins.has(this.texts[last] as string) && this.texts[last - 1] === variable) this.#drop();
    if (this.texts.at(-1) === variable) this.isSpaced = false;
    else this.push(variable);
    this.#isNumber = isNumber;
  }

  /** `1190 bytes (1.2 KB)`, `host ()`: an aside that holds only values, or lacks even these, makes no other kind of message. */
  closesAside(): boolean {
    const isEmpty = this.texts.at(-1) === '(';
    const opened = this.texts.length - (isEmpty ? 1 : 2);
    if (opened < 1 || this.texts[opened] !== '(' || this.spaced[opened] !== true) return false;
    if (!isEmpty && this.texts.at(-1) !== variable) return false;
    if (!isEmpty) this.#drop();
    this.#drop();
    return true;
  }

  #dropDateWords(): void {
    if (isMonth(this.texts.at(-1) ?? '')) this.#drop();
    const withComma = this.texts.at(-1) === ',';
    if (!isWeekday(this.texts.at(withComma ? -2 : -1) ?? '')) return;
    if (withComma) this.#drop();
    this.#drop();
  }

  #drop(): void {
    this.texts.pop();
    this.isSpaced = this.spaced.pop() === true;
  }
}

export function tokensOf(message: string): Tokens {
  const tokens = new Tokens();
  const word: Word = { stop: 0, digits: 0, letters: 0, slashes: 0 };
  const end = Math.min(message.length, maxLength);
  let index = 0;
  while (index < end && tokens.texts.length < maxTokens) {
    const code = message.charCodeAt(index);
    const kind = kindOf(code);
    if (code === escapeCode) index = afterEscape(message, index, end);
    else if (kind === blank) {
      tokens.isSpaced = true;
      index += 1;
    } else if (kind === sign) index = addSign(tokens, message, index, end);
    else {
      readWord(message, index, end, word);
      // A word cut off in the middle is no word.
      if (word.stop === maxLength && message.length > maxLength) break;
      index = word.stop === index ? addSigns(tokens, message, index, end) : addWord(tokens, message, index, word);
    }
  }
  if (index < message.length) tokens.pushVariable(false);
  return tokens;
}

function addWord(tokens: Tokens, message: string, start: number, { stop, digits, letters, slashes }: Word): number {
  const text = message.slice(start, stop);
  if (isNumberOrId(text, digits)) {
    const cut = numberedWord(text, digits, letters);
    if (cut > 0) {
      tokens.push(text.slice(0, cut));
      tokens.push('.');
    }
    tokens.pushVariable(true);
    // At the beginning a name says what the message is about.
  } else if (isValueByForm(text, slashes) || (tokens.texts.length > 0 && isQualifiedName(text))) tokens.pushVariable(false);
  else tokens.pushWord(text);
  return stop;
}

function addSign(tokens: Tokens, message: string, index: number, end: number): number {
  const code = message.charCodeAt(index);
  if (code === doubleQuote || code === quote || code === backQuote) {
    const close = index === 0 || opens(message.charCodeAt(index - 1)) ? closingQuote(message, index, end) : -1;
    if (close > 0) {
      const mark = message.charAt(index);
      tokens.push(mark);
      tokens.pushVariable(false);
      tokens.push(mark);
      return close + 1;
    }
  }
  const isBound = (code === lessThan || code === greaterThan) && tokens.isSpaced && isDigit(message.charCodeAt(index + 1));
  if (isBound) return index + 1;
  const text = message.charAt(index);
  if (text !== ')' || !tokens.closesAside()) tokens.push(text);
  return index + 1;
}

/** Dots, stars or dashes by themselves: however many, they are one. */
function addSigns(tokens: Tokens, message: string, start: number, end: number): number {
  const first = message.charAt(start);
  let index = start + 1;
  while (index < end && isTrailing(message.charCodeAt(index))) index += 1;
  if (first === '*' && index - start >= placeholderStars) tokens.pushVariable(false);
  else tokens.push(first);
  return index;
}

function opens(before: number): boolean {
  const kind = kindOf(before);
  return kind === blank || before === colon || (kind === sign && before !== doubleQuote && before !== quote && before !== backQuote);
}

/** Where a quotation of one or two words ends; -1 when it is longer and so may be the very message, is a request line, or is none. */
function closingQuote(message: string, start: number, end: number): number {
  const mark = message.charCodeAt(start);
  const last = Math.min(end, start + longestQuotation);
  let blanks = 0;
  for (let index = start + 1; index < last; index += 1) {
    const code = message.charCodeAt(index);
    if (code === mark) {
      const next = index + 1 < end ? message.charCodeAt(index + 1) : 32;
      if (kindOf(next) !== inWord || next === dot || next === colon || next === minus) return index;
    } else if (kindOf(code) === blank) {
      blanks += 1;
      if (blanks > 1 || isMethod(message.slice(start + 1, index))) return -1;
    }
  }
  return -1;
}

/** Behind a terminal's colour or cursor sequence. */
function afterEscape(message: string, start: number, end: number): number {
  if (message.charCodeAt(start + 1) !== openBracket) return start + 1;
  for (let index = start + 2; index < end; index += 1) {
    const code = message.charCodeAt(index);
    if (code >= 64 && code <= 126) return index + 1;
  }
  return end;
}
