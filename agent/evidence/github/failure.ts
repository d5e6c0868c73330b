/** Why GitHub gave no answer: what the token lacks, or from when on it may ask again. Decided by status, headers and named fields, not by sentences. */
import { UpstreamError } from '../../domain/errors.ts';
import { cleanText } from '../answer.ts';
import { reasonOfStatus } from '../http-answer.ts';
import { ErrorReply } from './schema.ts';

export interface Refusal {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string | number | undefined>>;
  body: unknown;
}

const system = 'github';
/** What GitHub asks for when it names no time. */
const secondaryWaitMs = 60_000;
/** GitHub's limits begin anew every hour. Whoever names a later time is mistaken, and would silence this source until the process ends. */
const longestWaitMs = 3_600_000;

/** When the token may ask again, milliseconds since the epoch; undefined when it is no matter of rate. */
export function freeAgainAt({ status, headers, body }: Refusal, nowMs: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const within = (ms: number) => Math.min(ms, nowMs + longestWaitMs);
  const retryAfter = number(headers['retry-after']);
  if (retryAfter !== undefined) return within(nowMs + retryAfter * 1_000);
  const reset = number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && reset !== undefined) return within(reset * 1_000);
  const said = ErrorReply.safeParse(body);
  const isSecondary = said.success && said.data.documentation_url.includes('rate-limits');
  return isSecondary || status === 429 ? nowMs + secondaryWaitMs : undefined;
}

export function rateLimited(freeAtMs: number, words = ''): UpstreamError {
  return new UpstreamError(system, 'rate-limit', `${words}the rate limit is used up; free again at ${new Date(freeAtMs).toISOString()}`);
}

/** `permission` as GitHub names it for fine-grained tokens, e.g. `contents: read`. */
export function refusalError(refusal: Refusal, what: string, permission: string): UpstreamError {
  const { status, headers, body } = refusal;
  const said = ErrorReply.safeParse(body);
  const words = said.success && said.data.message !== '' ? `: ${cleanText(said.data.message, 200)}` : '';
  const failed = `${what} answered HTTP ${status}${words}`;
  if (status >= 300 && status < 400) {
    return new UpstreamError(system, 'client', failed, { hint: 'the repository was renamed or moved; name it as it is called by now' });
  }
  if (status === 401) return new UpstreamError(system, 'auth', failed, { hint: 'the token is wrong, expired or revoked' });
  const needed = permissionOf(headers) ?? permission;
  if (status === 403) {
    const sso = headers['x-github-sso'] === undefined ? '' : ', and authorise it for the organisation';
    return new UpstreamError(system, 'auth', failed, { hint: `give the token ${needed} (a classic token: repo)${sso}` });
  }
  // GitHub hides what a token may not see.
  if (status === 404) return new UpstreamError(system, 'auth', failed, { hint: `it does not exist, or the token lacks ${needed} on it` });
  return new UpstreamError(system, reasonOfStatus(status), failed);
}

/** `contents=read` or, as alternatives, `contents=read; pull_requests=read`. */
function permissionOf(headers: Refusal['headers']): string | undefined {
  const named = headers['x-accepted-github-permissions'];
  if (typeof named !== 'string' || !/^[a-z_=;, ]{3,200}$/.test(named)) return undefined;
  return named.replaceAll(';', ' or').replaceAll('=', ': ');
}

function number(value: string | number | undefined): number | undefined {
  const parsed = value === undefined || value === '' ? Number.NaN : Number(value);
  return Number.isFinite(parsed) && parsed >= 0 ? parsed : undefined;
}
