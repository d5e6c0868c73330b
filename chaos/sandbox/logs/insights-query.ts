/** Logs Insights query text → commands. Only the subset listed in `InsightsQuery`; anything else is a MalformedQueryException that names it. */
import { ServiceException } from '../wire/operation.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Expression =
  | { kind: 'and' | 'or'; left: Expression; right: Expression }
  | { kind: 'not'; inner: Expression }
  | { kind: 'compare'; field: string; operator: Comparison; value: string | number }
  | { kind: 'like'; field: string; pattern: RegExp | string }
  | { kind: 'in'; field: string; values: (string | number)[] };

export interface Grouping {
  /** As written, which is also the name of the result column. */
  label: string;
  field: string;
  /** Width of `bin(...)` in milliseconds; 0 for a plain field. */
  binMs: number;
}

export interface InsightsQuery {
  fields: { field: string; label: string }[];
  filters: Expression[];
  stats?: { counts: { field: string; label: string }[]; by: Grouping[] };
  sort: { field: string; descending: boolean }[];
  limit?: number;
}

interface Token {
  kind: 'word' | 'string' | 'regex' | 'symbol';
  text: string;
  at: number;
}

export function malformed(message: string, start: number, end: number): ServiceException {
  return new ServiceException('MalformedQueryException', message, 400, {
    queryCompileError: { location: { startCharOffset: start, endCharOffset: end }, message },
  });
}

const TOKEN =
  /(?<skip>\s+|#[^\n]*)|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<regex>\/(?:[^/\\]|\\.)+\/)|(?<quoted>`[^`]+`)|(?<symbol>!=|<=|>=|[=<>()[\],|*])|(?<word>[@\w.-]+)/y;

function tokenize(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) throw malformed(`unexpected symbol found ${text[at]} at position ${at}`, at, at + 1);
    const { string, regex, quoted, symbol, word } = groups;
    if (string !== undefined) found.push({ kind: 'string', text: string.slice(1, -1).replace(/\\(["'\\])/g, '$1'), at });
    else if (regex !== undefined) found.push({ kind: 'regex', text: regex.slice(1, -1), at });
    else if (quoted !== undefined) found.push({ kind: 'word', text: quoted.slice(1, -1), at });
    else if (symbol !== undefined) found.push({ kind: 'symbol', text: symbol, at });
    else if (word !== undefined) found.push({ kind: 'word', text: word, at });
  }
  return found;
}

const BIN_UNITS_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

class Parser {
  readonly #text: string;
  readonly #tokens: Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): InsightsQuery {
    const query: InsightsQuery = { fields: [], filters: [], sort: [] };
    if (this.#tokens.length === 0) throw malformed('the query is empty', 0, 0);
    do {
      if (!this.#tokens[this.#at]) throw this.#unexpected('a command');
      this.#command(query);
    } while (this.#take('|'));
    if (this.#at < this.#tokens.length) throw this.#unexpected('the end of the command or |');
    return query;
  }

  #command(query: InsightsQuery): void {
    const start = this.#tokens[this.#at];
    const name = this.#word('a command').toLowerCase();
    if (query.stats && ['fields', 'filter', 'stats'].includes(name)) {
      throw malformed(`'${name}' after 'stats' is not imitated by the sandbox`, start?.at ?? 0, this.#end());
    }
    if (name === 'fields' || name === 'display') query.fields.push(...this.#list(() => this.#aliased(this.#word('a field'))));
    else if (name === 'filter') query.filters.push(this.#or());
    else if (name === 'stats') query.stats = this.#stats();
    else if (name === 'sort') query.sort = this.#list(() => this.#sortKey());
    else if (name === 'limit' || name === 'head') query.limit = this.#limit();
    else
      throw malformed(`'${name}' is not a command the sandbox imitates (fields, filter, stats, sort, limit)`, start?.at ?? 0, this.#end());
  }

  #stats(): NonNullable<InsightsQuery['stats']> {
    const counts = this.#list(() => {
      const token = this.#tokens[this.#at];
      const name = this.#word('an aggregation').toLowerCase();
      if (name !== 'count') throw malformed(`'${name}' is not imitated by the sandbox, only count`, token?.at ?? 0, this.#end());
      this.#expect('(');
      const field = this.#take('*') || this.#peek(')') ? '*' : this.#word('a field');
      this.#expect(')');
      return this.#aliased(field, `count(${field === '*' ? '*' : field})`);
    });
    const by = this.#takeWord('by') ? this.#list(() => this.#grouping()) : [];
    return { counts, by };
  }

  #grouping(): Grouping {
    const field = this.#word('a field');
    if (!this.#peek('(')) return { ...this.#aliased(field), binMs: 0 };
    if (field.toLowerCase() !== 'bin') throw this.#unexpected('a field or bin(…)');
    this.#expect('(');
    const period = this.#word('a period such as 5m');
    const match = /^(\d+)(ms|s|m|h|d)$/.exec(period);
    const binMs = Number(match?.[1] ?? 0) * (BIN_UNITS_MS[match?.[2] ?? ''] ?? 0);
    if (binMs <= 0) throw malformed(`'${period}' is not a period such as 30s or 5m`, this.#end() - period.length, this.#end());
    this.#expect(')');
    const { label } = this.#aliased('@timestamp', `bin(${period})`);
    return { field: '@timestamp', label, binMs };
  }

  #sortKey(): { field: string; descending: boolean } {
    let field = this.#word('a field');
    // A column may be named by its expression: `sort count(*) desc`, `sort bin(5m)`.
    if (this.#take('(')) {
      field += `(${this.#take('*') ? '*' : this.#word('a field')})`;
      this.#expect(')');
    }
    const descending = this.#takeWord('desc');
    if (!descending) this.#takeWord('asc');
    return { field, descending };
  }

  #limit(): number {
    const token = this.#tokens[this.#at];
    const limit = Number(this.#word('a number'));
    if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
      throw malformed(`limit must be a whole number from 1 to 10000, got '${token?.text}'`, token?.at ?? 0, this.#end());
    }
    return limit;
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#takeWord('or')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#takeWord('and')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    return this.#takeWord('not') ? { kind: 'not', inner: this.#not() } : this.#condition();
  }

  #condition(): Expression {
    if (this.#take('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    const field = this.#word('a field');
    const negated = this.#takeWord('not');
    if (this.#takeWord('like')) return this.#negate(negated, { kind: 'like', field, pattern: this.#pattern() });
    if (this.#takeWord('in')) {
      this.#expect('[');
      const values = this.#list(() => this.#value());
      this.#expect(']');
      return this.#negate(negated, { kind: 'in', field, values });
    }
    const token = this.#tokens[this.#at];
    if (negated || token?.kind !== 'symbol' || !['=', '!=', '<', '<=', '>', '>='].includes(token.text)) {
      throw this.#unexpected('=, !=, <, <=, >, >=, like or in');
    }
    this.#at += 1;
    return { kind: 'compare', field, operator: token.text as Comparison, value: this.#value() };
  }

  #negate(negated: boolean, inner: Expression): Expression {
    return negated ? { kind: 'not', inner } : inner;
  }

  #pattern(): RegExp | string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'regex' && token?.kind !== 'string') throw this.#unexpected('a "text" or a /regular expression/');
    this.#at += 1;
    if (token.kind === 'string') return token.text;
    const ignoreCase = token.text.startsWith('(?i)');
    try {
      return new RegExp(ignoreCase ? token.text.slice(4) : token.text, ignoreCase ? 'i' : '');
    } catch {
      throw malformed(`invalid regular expression /${token.text}/`, token.at, this.#end());
    }
  }

  #value(): string | number {
    const token = this.#tokens[this.#at];
    if (token?.kind === 'string') {
      this.#at += 1;
      return token.text;
    }
    const number = Number(token?.text);
    if (token?.kind !== 'word' || Number.isNaN(number)) throw this.#unexpected('a number or a quoted text');
    this.#at += 1;
    return number;
  }

  #aliased(field: string, label = field): { field: string; label: string } {
    return { field, label: this.#takeWord('as') ? this.#word('an alias') : label };
  }

  #list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.#take(',')) items.push(item());
    return items;
  }

  #peek(symbol: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'symbol' && token.text === symbol;
  }

  #take(symbol: string): boolean {
    if (!this.#peek(symbol)) return false;
    this.#at += 1;
    return true;
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#unexpected(`'${symbol}'`);
  }

  #word(expected: string): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word') throw this.#unexpected(expected);
    this.#at += 1;
    return token.text;
  }

  #unexpected(expected: string): ServiceException {
    const token = this.#tokens[this.#at];
    const at = token?.at ?? this.#text.length;
    return malformed(`expected ${expected}, found ${token ? `'${token.text}'` : 'the end of the query'} at position ${at}`, at, at + 1);
  }

  #end(): number {
    return this.#tokens[this.#at]?.at ?? this.#text.length;
  }
}

/** Throws MalformedQueryException with the position. */
export function parseInsights(text: string): InsightsQuery {
  return new Parser(text).parse();
}
