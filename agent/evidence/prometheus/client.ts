/** Speaks Prometheus' HTTP API: one instant query per call, bounded in time and size. Raises UpstreamError, never anything else but the signal's reason. */
import { UpstreamError } from '../../domain/errors.ts';
import { cleanText } from '../answer.ts';
import { readBounded, reasonOfStatus } from '../http-answer.ts';
import { ErrorReply, QueryReply } from './schema.ts';

export interface Sample {
  labels: Readonly<Record<string, string>>;
  /** null for NaN and infinities. */
  value: number | null;
}
export interface QueryResult {
  samples: Sample[];
  warnings: string[];
}

export interface ClientSettings {
  url: string;
  timeoutMs: number;
  maxBytes: number;
}

const system = 'prometheus';

/** Prometheus answers with the very time it was asked for; an old answer would show a service as it once was. */
const sameMomentMs = 1_000;

export async function query(
  settings: ClientSettings,
  fetcher: typeof fetch,
  expression: string,
  at: Date,
  signal: AbortSignal,
): Promise<QueryResult> {
  const body = new URLSearchParams({ query: expression, time: String(at.getTime() / 1_000), timeout: `${settings.timeoutMs}ms` });
  let response: Response;
  let text: string;
  try {
    // A followed redirect turns this POST into a GET without its body.
    response = await fetcher(endpoint(settings.url), { method: 'POST', body, signal, redirect: 'error' });
    text = await readBounded(system, response, settings.maxBytes, 'raise maxBytes or lower the number of series');
  } catch (error) {
    if (signal.aborted || error instanceof UpstreamError) throw error;
    throw connectionError(settings.url, error);
  }
  const json = parse(text);
  if (!response.ok) throw statusError(response.status, json);
  if (json === undefined) throw new UpstreamError(system, 'server', `the answer is not JSON: ${cleanText(text, 60) || 'empty'}`);
  const reply = QueryReply.safeParse(json);
  if (!reply.success) {
    const issue = reply.error.issues[0];
    throw new UpstreamError(system, 'server', `the answer has an unknown shape at ${issue?.path.join('.') || 'its root'}`, {
      cause: reply.error,
    });
  }
  const { result } = reply.data.data;
  const other = result.find(({ value }) => Math.abs(value[0] * 1_000 - at.getTime()) > sameMomentMs);
  if (other) {
    throw new UpstreamError(system, 'server', `the answer is about ${momentOf(other.value[0])}, asked was ${at.toISOString()}`, {
      hint: 'a cache between the agent and Prometheus hands out old answers; ask Prometheus itself',
    });
  }
  return {
    samples: result.map(({ metric, value }) => ({ labels: metric, value: finite(value[1]) })),
    warnings: reply.data.warnings ?? [],
  };
}

function endpoint(url: string): string {
  return `${url.replace(/\/$/, '')}/api/v1/query`;
}

function momentOf(seconds: number): string {
  const moment = new Date(seconds * 1_000);
  return Number.isNaN(moment.getTime()) ? 'no time' : moment.toISOString();
}

function finite(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function statusError(status: number, json: unknown): UpstreamError {
  const said = ErrorReply.safeParse(json);
  const words = said.success ? `: ${cleanText(`${said.data.errorType}: ${said.data.error}`, 200)}` : '';
  return new UpstreamError(system, reasonOfStatus(status), `answered HTTP ${status}${words}`);
}

function connectionError(url: string, error: unknown): UpstreamError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? `${String(cause.code)} ` : '';
  const words = cause instanceof Error ? cause.message : String(cause);
  return new UpstreamError(system, 'server', `no usable answer from ${new URL(url).host}: ${code}${cleanText(words, 120)}`, {
    cause: error,
  });
}
