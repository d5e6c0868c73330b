/**
 * One call to GitHub and what its answer, or the lack of one, proves. Reads raise UpstreamError; a change is sent once, under a permit, and
 * answers an Outcome: refused is `no`, a lost answer is `unknown`. Nothing here waits or tries again.
 */
import { Octokit } from '@octokit/core';
import type { z } from 'zod';
import { UpstreamError } from '../../domain/errors.ts';
import type { Applied, Outcome } from '../../domain/plan.ts';
import type { Secret } from '../../domain/secret.ts';
import { cleanText } from '../../evidence/answer.ts';
import { readBounded, reasonOfStatus } from '../../evidence/http-answer.ts';
import type { Effect } from '../action.ts';

export interface GithubRequest<Reply> {
  /** In Octokit's form, below the repository: `GET /git/trees/{tree_sha}`; it encodes what stands in braces. */
  call: string;
  /** `owner/name` */
  repository: string;
  parameters?: Readonly<Record<string, unknown>>;
  schema: z.ZodType<Reply>;
}

export interface GithubCalls {
  /** null when GitHub knows no such thing (404, or 422 for what can be no name of one). Raises UpstreamError, or the signal's own reason. */
  read<Reply>(request: GithubRequest<Reply>, signal: AbortSignal): Promise<Reply | null>;
  /** `reply` unless the outcome is other than `yes`. Rejects only when nothing was sent: the signal was aborted, or the run has lost its incident. */
  change<Reply>(request: GithubRequest<Reply>, effect: Effect): Promise<{ outcome: Outcome; reply: Reply | null }>;
}

export interface GithubCallSettings {
  url: string;
  token: Secret;
  timeoutMs: number;
  maxBytes: number;
}

const system = 'github';
const apiVersion = '2022-11-28';
/** Responses with these have no body, and may be given none. */
const bodiless = new Set([204, 205, 304]);

interface Answer {
  status: number;
  body: unknown;
}

export function createGithubCalls(settings: GithubCallSettings, { fetch: fetcher }: { fetch: typeof fetch }): GithubCalls {
  const octokit = new Octokit({ baseUrl: settings.url.replace(/\/$/, ''), userAgent: 'kintsugi', auth: settings.token.reveal() });

  /** Any status is an answer; raises what kept one from coming. `lastWord` is called with nothing in between before the request goes out. */
  async function ask(request: GithubRequest<unknown>, signal: AbortSignal, lastWord: () => void): Promise<Answer> {
    const [owner = '', repo = ''] = request.repository.split('/');
    const [method = '', path = ''] = request.call.split(' ');
    const send: typeof fetch = async (input, init) => {
      lastWord();
      const response = await fetcher(input, init);
      const text = await readBounded(system, response, settings.maxBytes, 'raise github.maxBytes');
      const { status, headers } = response;
      return new Response(bodiless.has(status) ? null : text, { status, headers: unpacked(headers) });
    };
    try {
      const { status, data } = await octokit.request(`${method} /repos/{owner}/{repo}${path}`, {
        ...request.parameters,
        owner,
        repo,
        headers: { 'x-github-api-version': apiVersion },
        // Not followed: a redirected change would be sent to a place that nobody planned.
        request: { signal: AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]), fetch: send, redirect: 'manual' },
      });
      return { status, body: data };
    } catch (error) {
      if (error instanceof Error && 'response' in error) {
        const { response } = error as { response?: { status: number; data: unknown } };
        if (response) return { status: response.status, body: response.data };
      }
      throw error;
    }
  }

  return {
    async read(request, signal) {
      signal.throwIfAborted();
      let answer: Answer;
      try {
        answer = await ask(request, signal, () => undefined);
      } catch (error) {
        signal.throwIfAborted();
        throw toUpstreamError(request.call, error);
      }
      const { status, body } = answer;
      if (status === 404 || status === 422) return null;
      if (status >= 300) {
        throw new UpstreamError(system, reasonOfStatus(status), `${request.call} answered HTTP ${status}${wordsOf(body)}`, {
          hint: hintFor(status),
        });
      }
      const reply = request.schema.safeParse(body);
      if (reply.success) return reply.data;
      const where = reply.error.issues[0]?.path.map(String).join('.') || 'its root';
      throw new UpstreamError(system, 'server', `${request.call}: the answer has an unknown shape at ${where}`, { cause: reply.error });
    },

    async change(request, effect) {
      const { call } = request;
      const permit = await effect.permit();
      if ('refused' in permit) return not(`${call} was not sent: ${permit.refused}`);
      effect.signal.throwIfAborted();
      let isSent = false;
      let answer: Answer;
      try {
        answer = await ask(request, effect.signal, () => {
          if (!permit.isValid()) throw new PermitOverError();
          isSent = true;
        });
      } catch (error) {
        if (reasonsOf(error).some((one) => one instanceof PermitOverError)) {
          return not(`${call} was not sent: too much time went by since it was allowed`);
        }
        if (!isSent || wasNeverSent(error)) return not(`${call}: ${describe(error)}: the call did not reach GitHub`);
        return unknown(`${call}: ${describe(error)}: the call went out and no usable answer came back`);
      }
      const { status, body } = answer;
      if (status >= 500 || status === 408) return unknown(`${call} answered HTTP ${status}${wordsOf(body)}`);
      if (status >= 300) return not(`${call}: refused with HTTP ${status}${wordsOf(body)}`);
      const reply = request.schema.safeParse(body);
      if (!reply.success) return unknown(`${call} answered an unknown shape`);
      return { outcome: { applied: 'yes', detail: `${call} was accepted` }, reply: reply.data };
    },
  };
}

/** Turns a read that failed into an outcome: `no` where nothing had been sent by then. Other errors and aborts pass through. */
export async function orUnread(signal: AbortSignal, applied: Exclude<Applied, 'yes'>, ask: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await ask();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UpstreamError)) throw error;
    return { applied, detail: `GitHub could not be read: ${error.message}` };
  }
}

class PermitOverError extends Error {}

function not(detail: string): { outcome: Outcome; reply: null } {
  return { outcome: { applied: 'no', detail }, reply: null };
}

function unknown(detail: string): { outcome: Outcome; reply: null } {
  return { outcome: { applied: 'unknown', detail }, reply: null };
}

/** GitHub's own sentence, and what it says about each field, cut. */
function wordsOf(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('message' in body)) return '';
  const errors = 'errors' in body && Array.isArray(body.errors) ? body.errors : [];
  const details = errors.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'message' in one ? [String(one.message)] : [],
  );
  return `: ${cleanText([String(body.message), ...details].join(': '), 300)}`;
}

function hintFor(status: number): string {
  if (status === 401) return 'the token is wrong, expired or revoked';
  if (status === 403 || status === 429) return 'the token lacks a permission, or its rate limit is used up';
  return status < 400 ? 'the repository was renamed or moved; name it as it is called by now' : 'try again later';
}

const neverSentCodes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function wasNeverSent(error: unknown): boolean {
  return reasonsOf(error).some((one) => 'code' in one && neverSentCodes.has(String(one.code)));
}

/** The error and what it says caused it, outermost first. */
function reasonsOf(error: unknown): Error[] {
  const found: Error[] = [];
  for (let one = error; one instanceof Error && found.length < 5; one = one.cause) found.push(one);
  return found;
}

function describe(error: unknown): string {
  const reasons = reasonsOf(error);
  if (reasons.some(({ name }) => name === 'TimeoutError' || name === 'AbortError')) return 'no answer in time';
  return cleanText(reasons.at(-1)?.message ?? String(error), 200);
}

function toUpstreamError(call: string, error: unknown): UpstreamError {
  const known = reasonsOf(error).find((one) => one instanceof UpstreamError);
  if (known instanceof UpstreamError) return known;
  const words = describe(error);
  return new UpstreamError(system, words === 'no answer in time' ? 'timeout' : 'server', `${call}: ${words}`, { cause: error });
}

/** The body was unpacked on the way; what describes its packed form would make it unreadable. */
function unpacked(headers: Headers): Headers {
  const kept = new Headers(headers);
  kept.delete('content-encoding');
  kept.delete('content-length');
  return kept;
}
