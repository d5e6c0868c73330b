/**
 * Jaeger's query API over kept spans, for tests: `/api/traces` (service, start and end in microseconds, limit, tags as JSON) and
 * `/api/dependencies` (endTs and lookback in milliseconds), in its JSON, errors included. A trace is found when one span of the service within
 * the window bears all tags, and is answered whole, the youngest traces first. Not imitated: operation, durations, adjusters and clock skew,
 * storage back ends (of which some count dependencies hours late), archives, and the other formats of the API.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { sendJson } from '../evidence/upstream.contract.ts';

export interface KeptSpan {
  trace: string;
  id: string;
  parent?: string;
  service: string;
  name?: string;
  /** Milliseconds since the epoch. */
  at: number;
  ms: number;
  tags?: Record<string, string | boolean | number>;
}

export interface JaegerOptions {
  spans: readonly KeptSpan[];
  /** The only value of the Authorization header that is let in. */
  authorization?: string;
  /** Said beside the data. */
  problem?: string;
}

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function speakingJaeger(options: JaegerOptions): RequestListener {
  return (request, response) => {
    try {
      answer(options, request, response);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const errors = [{ code: error.status, msg: error.message }];
      sendJson(response, error.status, { data: null, total: 0, limit: 0, offset: 0, errors });
    }
  };
}

function answer(options: JaegerOptions, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://jaeger');
  if (options.authorization !== undefined && request.headers.authorization !== options.authorization) throw new Refusal(401, 'no');
  if (request.method !== 'GET') throw new Refusal(405, 'method not allowed');
  if (pathname === '/api/traces') answerTraces(options, searchParams, response);
  else if (pathname === '/api/dependencies') answerDependencies(options, searchParams, response);
  else throw new Refusal(404, 'page not found');
}

function answerTraces({ spans, problem }: JaegerOptions, params: URLSearchParams, response: ServerResponse): void {
  const service = params.get('service') ?? '';
  if (service === '') throw new Refusal(400, "parameter 'service' is required");
  const [start, end, limit] = ['start', 'end', 'limit'].map((name) => params.get(name) ?? '');
  for (const [name, value] of [['start', start] as const, ['end', end] as const]) {
    if (!/^\d{16}$/.test(value ?? '')) throw new Refusal(400, `unable to parse param '${name}': microseconds, got "${value}"`);
  }
  if (!/^[1-9]\d*$/.test(limit ?? '')) throw new Refusal(400, `unable to parse param 'limit': "${limit}"`);
  let tags: unknown;
  try {
    tags = JSON.parse(params.get('tags') ?? '{}');
  } catch {
    throw new Refusal(400, "malformed 'tags' parameter, cannot unmarshal JSON");
  }
  const wanted = Object.entries(tags as Record<string, unknown>);
  if (wanted.some(([, value]) => typeof value !== 'string')) throw new Refusal(400, "malformed 'tags' parameter: a value is no string");

  const byTrace = Map.groupBy(spans, ({ trace }) => trace);
  const found = [...byTrace.values()].filter((members) =>
    members.some((span) => {
      const inWindow = span.at * 1_000 >= Number(start) && span.at * 1_000 <= Number(end);
      return span.service === service && inWindow && wanted.every(([key, value]) => String(span.tags?.[key]) === value);
    }),
  );
  found.sort((one, other) => startOf(other) - startOf(one));
  sendJson(response, 200, {
    data: found.slice(0, Number(limit)).map(traceOf),
    total: 0,
    limit: 0,
    offset: 0,
    errors: problem === undefined ? null : [{ code: 500, msg: problem }],
  });
}

function answerDependencies({ spans }: JaegerOptions, params: URLSearchParams, response: ServerResponse): void {
  const [endTs, lookback] = [params.get('endTs') ?? '', params.get('lookback') ?? ''];
  if (!/^\d{13}$/.test(endTs)) throw new Refusal(400, `unable to parse param 'endTs': milliseconds, got "${endTs}"`);
  if (!/^\d+$/.test(lookback)) throw new Refusal(400, `unable to parse param 'lookback': "${lookback}"`);
  const counts = new Map<string, number>();
  for (const span of spans) {
    if (span.at > Number(endTs) || span.at < Number(endTs) - Number(lookback)) continue;
    const parent = spans.find(({ trace, id }) => trace === span.trace && id === span.parent);
    if (parent === undefined || parent.service === span.service) continue;
    const key = JSON.stringify([parent.service, span.service]);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const data = [...counts].map(([key, callCount]) => {
    const [parent, child] = JSON.parse(key) as [string, string];
    return { parent, child, callCount };
  });
  sendJson(response, 200, { data, total: 0, limit: 0, offset: 0, errors: null });
}

function startOf(members: readonly KeptSpan[]): number {
  return Math.min(...members.map(({ at }) => at));
}

function traceOf(members: readonly KeptSpan[]): object {
  const services = [...new Set(members.map(({ service }) => service))];
  return {
    traceID: members[0]?.trace,
    spans: members.map(({ trace, id, parent, service, name = 'GET /', at, ms, tags = {} }) => ({
      traceID: trace,
      spanID: id,
      operationName: name,
      references: parent === undefined ? [] : [{ refType: 'CHILD_OF', traceID: trace, spanID: parent }],
      startTime: at * 1_000,
      duration: ms * 1_000,
      tags: Object.entries(tags).map(([key, value]) => ({ key, type: typeOf(value), value })),
      logs: [],
      processID: `p${services.indexOf(service) + 1}`,
      warnings: null,
    })),
    processes: Object.fromEntries(services.map((serviceName, index) => [`p${index + 1}`, { serviceName, tags: [] }])),
    warnings: null,
  };
}

function typeOf(value: string | boolean | number): string {
  return typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? 'int64' : 'string';
}
