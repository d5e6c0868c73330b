/**
 * Loki's `/loki/api/v1/query_range` over kept lines, for tests: stream selectors with `=`, line filters `|=` and `!=`, nanosecond bounds (start
 * counts, end does not), limit and its maximum, both directions, tenants, credentials, streams in the reply, errors as Loki's plain text. LogQL
 * is parsed strictly, strings as Go reads them; whatever lies outside this subset is refused, never guessed at. Not imitated: `!=`, `=~` and `!~` in
 * selectors, parsers, label filters, metric queries, structured metadata, chunks, splitting by interval, caches, retention, rate limits.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { sendJson } from '../evidence/upstream.contract.ts';

export interface KeptLine {
  labels: Record<string, string>;
  /** Nanoseconds since the epoch. */
  at: bigint;
  text: string;
}

export interface LokiOptions {
  /** Lines by tenant; `fake` is the tenant of a Loki that knows but one. */
  tenants: Record<string, readonly KeptLine[]>;
  /** With several tenants a request must say whose lines it is about. */
  needsTenant?: boolean;
  /** The only value of the Authorization header that is let in. */
  authorization?: string;
  maxLimit?: number;
  warnings?: string[];
}

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function speakingLoki(options: LokiOptions): RequestListener {
  return (request, response) => {
    try {
      answer(options, request, response);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      response.writeHead(error.status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${error.message}\n`);
    }
  };
}

function answer(options: LokiOptions, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams: params } = new URL(request.url ?? '/', 'http://loki');
  if (pathname !== '/loki/api/v1/query_range') throw new Refusal(404, '404 page not found');
  if (request.method !== 'GET') throw new Refusal(405, 'method not allowed');
  if (options.authorization !== undefined && request.headers.authorization !== options.authorization)
    throw new Refusal(401, 'unauthorized');
  const tenant = request.headers['x-scope-orgid'];
  if (options.needsTenant && tenant === undefined) throw new Refusal(401, 'no org id');
  const kept = options.tenants[options.needsTenant ? String(tenant) : 'fake'] ?? [];

  const { matchers, filters } = parseQuery(params.get('query') ?? '');
  const [start, end] = [nanoseconds(params, 'start'), nanoseconds(params, 'end')];
  if (end < start) throw new Refusal(400, 'end timestamp must not be before or equal to start time');
  const limit = Number(params.get('limit') ?? 100);
  const most = options.maxLimit ?? 5_000;
  if (!Number.isInteger(limit) || limit <= 0) throw new Refusal(400, 'limit must be a positive value');
  if (limit > most)
    throw new Refusal(400, `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${most})`);
  const direction = (params.get('direction') ?? 'backward').toLowerCase();
  if (direction !== 'forward' && direction !== 'backward') throw new Refusal(400, `invalid direction '${direction}'`);

  const inWindow = kept.filter(
    ({ labels, at }) => at >= start && at < end && matchers.every(([name, value]) => (labels[name] ?? '') === value),
  );
  const found = inWindow
    .filter(({ text }) => filters.every(({ wanted, part }) => text.includes(part) === wanted))
    .sort((one, other) => (direction === 'forward' ? 1 : -1) * (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
    .slice(0, limit);
  const streams = Map.groupBy(found, ({ labels }) => JSON.stringify(Object.entries(labels).sort()));
  sendJson(response, 200, {
    status: 'success',
    ...(options.warnings && { warnings: options.warnings }),
    data: {
      resultType: 'streams',
      result: [...streams.values()].map((lines) => ({ stream: lines[0]?.labels, values: lines.map(({ at, text }) => [String(at), text]) })),
      stats: { summary: { totalLinesProcessed: inWindow.length, totalBytesProcessed: 0, execTime: 0.001 } },
    },
  });
}

function nanoseconds(params: URLSearchParams, name: string): bigint {
  const text = params.get(name) ?? '';
  if (!/^\d{19}$/.test(text)) throw new Refusal(400, `could not parse '${name}': this double wants nanoseconds, got "${text}"`);
  return BigInt(text);
}

interface Query {
  matchers: [name: string, value: string][];
  filters: { wanted: boolean; part: string }[];
}

function parseQuery(query: string): Query {
  const reader = new Reader(query);
  const matchers: Query['matchers'] = [];
  reader.expect('{');
  do {
    const name = reader.take(/[a-zA-Z_][a-zA-Z0-9_]*/y, 'a label name');
    reader.expect('=');
    matchers.push([name, reader.string()]);
  } while (reader.accept(','));
  reader.expect('}');
  if (matchers.every(([, value]) => value === '')) {
    throw new Refusal(400, 'queries require at least one regexp or equality matcher that does not have an empty-compatible value');
  }
  const filters: Query['filters'] = [];
  while (!reader.isAtEnd()) {
    const operator = reader.take(/\|=|!=/y, 'a line filter');
    filters.push({ wanted: operator === '|=', part: reader.string() });
  }
  return { matchers, filters };
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

class Reader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#skipBlanks();
    return this.#at >= this.#text.length;
  }
  accept(token: string): boolean {
    this.#skipBlanks();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }
  expect(token: string): void {
    if (!this.accept(token)) this.#fail(`expecting ${token}`);
  }
  take(pattern: RegExp, what: string): string {
    this.#skipBlanks();
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found === undefined) return this.#fail(`expecting ${what}`);
    this.#at += found.length;
    return found;
  }
  /** An interpreted string literal of Go. */
  string(): string {
    this.expect('"');
    let value = '';
    for (;;) {
      const next = this.#text[this.#at];
      this.#at += 1;
      if (next === undefined || next === '\n') return this.#fail('literal not terminated');
      if (next === '"') return value;
      value += next === '\\' ? this.#escape() : next;
    }
  }
  #escape(): string {
    const kind = this.#text[this.#at] ?? '';
    this.#at += 1;
    const simple = simpleEscapes[kind];
    if (simple !== undefined) return simple;
    const digits = { x: 2, u: 4, U: 8 }[kind];
    const hex = digits === undefined ? '' : this.#text.slice(this.#at, this.#at + digits);
    if (digits === undefined || hex.length < digits || !/^[0-9a-fA-F]+$/.test(hex)) return this.#fail('invalid char escape');
    this.#at += digits;
    const code = Number.parseInt(hex, 16);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return this.#fail('escape sequence is invalid Unicode code point');
    return String.fromCodePoint(code);
  }
  #skipBlanks(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }
  #fail(what: string): never {
    throw new Refusal(400, `parse error at line 1, col ${this.#at + 1}: syntax error: ${what}`);
  }
}
