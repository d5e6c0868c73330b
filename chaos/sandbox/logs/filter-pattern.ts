/** CloudWatch Logs filter patterns: text → predicate. A pattern outside the imitated subset is an error, never "match everything". */
import { jsonPattern, type Predicate, refusePattern } from './json-pattern.ts';

const MAX_PATTERN_LENGTH = 1024;

interface Term {
  sign: '' | '?' | '-';
  text: string;
}

const TERM = /\s*(?<sign>[?-]?)(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^\s"]+))/y;

function terms(pattern: string): Term[] {
  const found: Term[] = [];
  TERM.lastIndex = 0;
  while (pattern.slice(TERM.lastIndex).trim() !== '') {
    const at = TERM.lastIndex;
    const match = TERM.exec(pattern);
    if (!match?.groups) throw refusePattern(`cannot read '${pattern.slice(at).trim().slice(0, 40)}'; is a quotation mark missing?`);
    const { sign = '', quoted, plain } = match.groups;
    if (plain !== undefined && !/^[\p{L}\p{N}_]+$/u.test(plain)) {
      throw refusePattern(
        `Invalid character(s) in term '${plain}'; put terms with other characters than letters, digits and _ in double quotes`,
      );
    }
    const text = quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '';
    if (text === '') throw refusePattern('an empty term matches nothing in particular');
    found.push({ sign: sign === '?' || sign === '-' ? sign : '', text });
  }
  return found;
}

function termsPattern(pattern: string): Predicate {
  const all = terms(pattern);
  const optional = all.filter((term) => term.sign === '?');
  if (optional.length > 0 && optional.length < all.length) {
    throw refusePattern('?terms cannot be combined with other terms');
  }
  if (optional.length > 0) return (message) => optional.some((term) => message.includes(term.text));
  return (message) => all.every((term) => message.includes(term.text) === (term.sign === ''));
}

/** An empty or missing pattern matches every event. Terms are case-sensitive. Throws InvalidParameterException. */
export function filterPattern(pattern: string | undefined): Predicate {
  const text = (pattern ?? '').trim();
  if (text.length > MAX_PATTERN_LENGTH) {
    throw refusePattern(`is ${text.length} characters long, at most ${MAX_PATTERN_LENGTH} are allowed`);
  }
  if (text === '') return () => true;
  if (text.startsWith('{')) return jsonPattern(text);
  if (text.startsWith('[')) throw refusePattern('space-delimited patterns [a, b] are not imitated by the sandbox');
  if (text.startsWith('%')) throw refusePattern('regular expressions %…% are not imitated by the sandbox');
  return termsPattern(text);
}
