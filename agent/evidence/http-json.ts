/** Asks an HTTP API for JSON, bounded in size. Raises UpstreamError with a reason, or the signal's own; it knows no vendor. */
import { UpstreamError } from '../domain/errors.ts';
import { cleanText } from './answer.ts';
import { readBounded, reasonOfStatus } from './http-answer.ts';
import type { Meter } from './meter.ts';

export interface JsonRequest {
  /** Names the upstream in failures. */
  system: string;
  url: string;
  /** A form makes the request a POST; it still only reads. */
  form?: URLSearchParams;
  headers?: Record<string, string>;
  maxBytes: number;
  /** What the operator can do about an answer that is too large. */
  tooLarge: string;
  /** Which permission an answer of 401 or 403 means is missing. */
  permission: string;
  signal: AbortSignal;
  meter?: Meter | undefined;
}

export async function askJson(fetcher: typeof fetch, request: JsonRequest): Promise<unknown> {
  const { system, url, form, headers = {}, maxBytes, tooLarge, signal, meter } = request;
  let response: Response;
  let text: string;
  try {
    meter?.called();
    // A followed redirect turns a POST into a GET without its body, and hands the credentials to whoever it points to.
    const init = { headers, signal, redirect: 'error' } as const;
    response = await fetcher(url, form ? { ...init, method: 'POST', body: form } : init);
    text = await readBounded(system, response, maxBytes, tooLarge);
  } catch (error) {
    if (signal.aborted || error instanceof UpstreamError) throw error;
    throw connectionError(system, url, error);
  }
  meter?.read(Buffer.byteLength(text));
  if (!response.ok) throw statusError(request, response.status, withoutCredential(text, headers));
  const json = parse(text);
  if (json === undefined) {
    const said = cleanText(withoutCredential(text, headers), 60) || 'empty';
    throw new UpstreamError(system, 'server', `the answer is not JSON: ${said}`);
  }
  return json;
}

/** An answer that was read but is not what the API documents. */
export function unknownAnswer(system: string, error: { issues: readonly { path: PropertyKey[] }[] }): UpstreamError {
  const where = error.issues[0]?.path.map(String).join('.') || 'its root';
  return new UpstreamError(system, 'server', `the answer has an unknown shape at ${where}`, { cause: error });
}

/** Proxies that explain themselves show the request they were sent. */
function withoutCredential(text: string, { authorization = '' }: Record<string, string>): string {
  const [scheme, value = ''] = authorization.split(' ');
  const password =
    scheme === 'Basic'
      ? Buffer.from(value, 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : '';
  return [value, password].filter((secret) => secret !== '').reduce((left, secret) => left.replaceAll(secret, '***'), text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function statusError({ system, permission }: JsonRequest, status: number, text: string): UpstreamError {
  const reason = reasonOfStatus(status);
  const words = wordsOf(text);
  const said = words === '' ? '' : `: ${cleanText(words, 200)}`;
  return new UpstreamError(system, reason, `answered HTTP ${status}${said}`, reason === 'auth' ? { hint: permission } : {});
}

/** What the upstream says went wrong, as the APIs we read say it: `{errorType, error}`, `{errors: [{msg}]}`, `{message}` or plain text. */
function wordsOf(text: string): string {
  const json = parse(text);
  if (typeof json !== 'object' || json === null) return /^\s*</.test(text) ? '' : text;
  const { errorType, error, errors, message } = json as Record<string, unknown>;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const nested = typeof first === 'object' && first !== null && 'msg' in first ? first.msg : undefined;
  return [errorType, error, nested, message].filter((one) => typeof one === 'string' && one !== '').join(': ');
}

function connectionError(system: string, url: string, error: unknown): UpstreamError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? `${String(cause.code)} ` : '';
  const words = cause instanceof Error ? cause.message : String(cause);
  return new UpstreamError(system, 'server', `no usable answer from ${new URL(url).host}: ${code}${cleanText(words, 120)}`, {
    cause: error,
  });
}
