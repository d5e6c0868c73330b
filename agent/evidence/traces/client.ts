/** Speaks Jaeger's HTTP query API: traces of one service, and the graph of all. Raises UpstreamError, never anything else but the signal's reason. */
import type { z } from 'zod';
import { cleanText } from '../answer.ts';
import { askJson, unknownAnswer } from '../http-json.ts';
import { authorizationOf, type Credentials, credentialSent } from '../http-settings.ts';
import type { Meter } from '../meter.ts';
import type { Span } from '../spans.ts';
import { DependenciesReply, type JaegerSpan, type JaegerTrace, TracesReply } from './schema.ts';

export interface ClientSettings extends Credentials {
  url: string;
  maxBytes: number;
}

export interface Asking {
  settings: ClientSettings;
  fetcher: typeof fetch;
  signal: AbortSignal;
  meter: Meter;
}

export interface TraceQuestion {
  service: string;
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  limit: number;
  /** Tags a span of the service must bear. */
  tags: Readonly<Record<string, string>>;
}

export interface Answered<Data> {
  data: Data;
  problems: string[];
}

const system = 'traces';

/** Spans of the youngest traces that fit, and how many traces those are. */
export async function findTraces(asking: Asking, question: TraceQuestion): Promise<Answered<{ spans: Span[]; traces: number }>> {
  const { service, from, to, limit, tags } = question;
  const params = new URLSearchParams({ service, start: String(from * 1_000), end: String(to * 1_000), limit: String(limit) });
  if (Object.keys(tags).length > 0) params.set('tags', JSON.stringify(tags));
  const { data, errors } = await get(asking, '/api/traces', params, TracesReply);
  const traces = data ?? [];
  return { data: { spans: traces.flatMap(spansOf), traces: traces.length }, problems: problemsOf(errors) };
}

/** Calls between services within the `lookbackMs` before `to`, as far as the backend has counted them. */
export async function dependencies(
  asking: Asking,
  to: number,
  lookbackMs: number,
): Promise<Answered<{ caller: string; callee: string; calls: number }[]>> {
  const params = new URLSearchParams({ endTs: String(to), lookback: String(lookbackMs) });
  const { data, errors } = await get(asking, '/api/dependencies', params, DependenciesReply);
  const edges = (data ?? []).map(({ parent, child, callCount }) => ({ caller: parent, callee: child, calls: callCount }));
  return { data: edges, problems: problemsOf(errors) };
}

async function get<Reply>(asking: Asking, path: string, params: URLSearchParams, schema: z.ZodType<Reply>): Promise<Reply> {
  const { settings, fetcher, signal, meter } = asking;
  const json = await askJson(fetcher, {
    system,
    url: `${settings.url.replace(/\/$/, '')}${path}?${params}`,
    headers: authorizationOf(settings),
    maxBytes: settings.maxBytes,
    tooLarge: 'lower maxTraces or raise maxBytes',
    permission: `${credentialSent(settings)} must be allowed to GET ${path}`,
    signal,
    meter,
  });
  const reply = schema.safeParse(json);
  if (!reply.success) throw unknownAnswer(system, reply.error);
  return reply.data;
}

function problemsOf(errors: z.infer<typeof TracesReply>['errors']): string[] {
  return (errors ?? []).map(({ msg }) => `warning: ${cleanText(msg, 200)}`);
}

function spansOf({ spans, processes }: JaegerTrace): Span[] {
  return spans.map((span): Span => {
    const tags = new Map((span.tags ?? []).map(({ key, value }) => [key, String(value)]));
    const isOutgoing = ['client', 'producer'].includes(tags.get('span.kind') ?? '');
    return {
      trace: span.traceID,
      span: span.spanID,
      parent: parentOf(span),
      service: processes[span.processID]?.serviceName ?? '',
      peer: (isOutgoing && tags.get('peer.service')) || '',
      name: span.operationName,
      startMs: span.startTime / 1_000,
      durationMs: span.duration / 1_000,
      failed: isFailed(tags),
    };
  });
}

/** The older wire format knows a second kind of reference, for what was caused but not waited for. */
function parentOf({ references }: JaegerSpan): string | null {
  const parent = references?.find(({ refType }) => refType === 'CHILD_OF') ?? references?.[0];
  return parent?.spanID || null;
}

/** As OpenTelemetry's exporters write a failed span; the HTTP status, under its older and newer name, where a server set nothing else. */
function isFailed(tags: ReadonlyMap<string, string>): boolean {
  if (tags.get('error') === 'true' || tags.get('otel.status_code') === 'ERROR') return true;
  return Number(tags.get('http.status_code') ?? tags.get('http.response.status_code') ?? 0) >= 500;
}
