/** What an error of a vendor's client means, in our words: its own message may hold what was sent. */
import type { NoAdvice } from '../adviser.ts';

export interface Failure {
  result: Extract<NoAdvice, 'unreachable' | 'timeout' | 'malformed' | 'refused'>;
  reason: string;
  /** No model can have worked on it: the provider turned it away at its door, or was not there. */
  isFree: boolean;
}

/** The connection was not made. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'CERT_HAS_EXPIRED']);

/** By these a provider turns a request away before a model sees it. After any other, such as a gateway's time-out, a model may have worked and be paid for. */
const turnedAway: Readonly<Record<number, string>> = {
  400: 'the provider refused the request',
  401: 'the provider refused the credentials',
  403: 'the provider refused the credentials',
  404: 'the provider does not know the model',
  413: 'the question is too long for the provider',
  429: 'the provider asks to slow down',
};

export function failureOf(error: unknown): Failure {
  const name = textAt(error, 'name') ?? '';
  // What clients throw for an answer that came and is cut short, or was held back.
  if (name === 'LengthFinishReasonError') return { result: 'malformed', reason: 'the answer was cut off at its longest', isFree: false };
  if (name === 'ContentFilterFinishReasonError') return { result: 'refused', reason: 'a filter held the answer back', isFree: false };
  if (error instanceof RangeError) return { result: 'malformed', reason: 'the answer is nested too deeply', isFree: false };
  if (error instanceof SyntaxError)
    return { result: 'malformed', reason: 'the provider answered something that is no JSON', isFree: false };
  const status = statusOf(error);
  if (status !== undefined) {
    const words = turnedAway[status] ?? (status >= 500 ? 'the provider failed' : 'the provider refused the request');
    return { result: 'unreachable', reason: `${words} (HTTP ${status})`, isFree: status in turnedAway };
  }
  const code = codeOf(error);
  if (code !== undefined && neverSent.has(code)) {
    return { result: 'unreachable', reason: `no connection to the provider (${code})`, isFree: true };
  }
  if (/timeout|abort/i.test(name)) return { result: 'timeout', reason: 'the provider’s client gave up waiting', isFree: false };
  return { result: 'unreachable', reason: `the call failed${code === undefined ? '' : ` (${code})`}`, isFree: false };
}

/** Each vendor's client keeps it elsewhere. */
function statusOf(error: unknown): number | undefined {
  const metadata = valueAt(error, '$metadata');
  const found = [valueAt(error, 'status'), valueAt(metadata, 'httpStatusCode'), valueAt(valueAt(error, 'response'), 'status')];
  return found.find((status): status is number => typeof status === 'number' && status >= 400 && status < 600);
}

/** Of the error or of what caused it; only what looks like a code, never a sentence. */
function codeOf(error: unknown, depth = 0): string | undefined {
  const code = textAt(error, 'code');
  if (code !== undefined && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code;
  return depth < 4 && valueAt(error, 'cause') !== undefined ? codeOf(valueAt(error, 'cause'), depth + 1) : undefined;
}

function textAt(value: unknown, key: string): string | undefined {
  const found = valueAt(value, key);
  return typeof found === 'string' ? found : undefined;
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
