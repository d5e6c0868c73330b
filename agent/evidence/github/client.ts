/**
 * Asks GitHub's REST API through Octokit: only GET, each answer bounded and remembered by its ETag. Used up limits fail at once and name the
 * time; nothing here waits.
 */
import { Octokit } from '@octokit/core';
import type { z } from 'zod';
import type { Clock } from '../../domain/clock.ts';
import { UpstreamError } from '../../domain/errors.ts';
import type { Secret } from '../../domain/secret.ts';
import { cleanText } from '../answer.ts';
import { readBounded } from '../http-answer.ts';
import type { Meter } from '../meter.ts';
import { AnswerCache } from './cache.ts';
import { freeAgainAt, type Refusal, rateLimited, refusalError } from './failure.ts';

export interface GithubSettings {
  url: string;
  token?: Secret | undefined;
  /** Largest answer, bytes. */
  maxBytes: number;
  cacheBytes: number;
}

export interface GithubRequest<Reply> {
  /** Octokit's form: `/repos/{owner}/{repo}/commits`; it encodes the parameters. */
  path: string;
  parameters: Readonly<Record<string, string | number>>;
  schema: z.ZodType<Reply>;
  /** As GitHub names it for fine-grained tokens. */
  permission: string;
  /** Named by full commit ids only: the answer can never change. */
  isForever?: boolean;
}

export interface GithubReply<Reply> {
  data: Reply;
  /** There is a further page. */
  hasNext: boolean;
}

export interface GithubClient {
  /** Raises UpstreamError, or the signal's own reason. */
  get<Reply>(request: GithubRequest<Reply>, signal: AbortSignal, meter: Meter): Promise<GithubReply<Reply>>;
}

const system = 'github';
const apiVersion = '2022-11-28';
/** Responses with these have no body, and may be given none. */
const bodiless = new Set([204, 205, 304]);

export function createGithubClient(
  settings: GithubSettings,
  { fetch: fetcher, clock }: { fetch: typeof fetch; clock: Clock },
): GithubClient {
  const cache = new AnswerCache(settings.cacheBytes);
  const octokit = new Octokit({
    baseUrl: settings.url.replace(/\/$/, ''),
    userAgent: 'kintsugi',
    ...(settings.token && { auth: settings.token.reveal() }),
  });
  /** The whole token is refused until then; asking on would prolong it. */
  let freeAtMs = 0;

  return {
    async get({ path, parameters, schema, permission, isForever = false }, signal, meter) {
      signal.throwIfAborted();
      const key = JSON.stringify([path, parameters]);
      const known = cache.get(key);
      if (known !== undefined && isForever) return { data: known.data as never, hasNext: known.hasNext };
      if (clock.now().getTime() < freeAtMs) throw rateLimited(freeAtMs);
      let bytes = 0;
      const send: typeof fetch = async (input, init) => {
        meter.called();
        try {
          const response = await fetcher(input, init);
          const text = await readBounded(system, response, settings.maxBytes, 'raise maxBytes, or lower maxCommits');
          bytes = Buffer.byteLength(text);
          meter.read(bytes);
          const { status, headers } = response;
          return new Response(bodiless.has(status) ? null : text, { status, headers: unpacked(headers) });
        } catch (error) {
          if (signal.aborted || error instanceof UpstreamError) throw error;
          throw connectionError(settings.url, error);
        }
      };
      let response: Refusal;
      try {
        const { data: body, ...rest } = await octokit.request(`GET ${path}`, {
          ...parameters,
          headers: { 'x-github-api-version': apiVersion, ...(known !== undefined && { 'if-none-match': known.etag }) },
          request: { signal, fetch: send, redirect: 'manual' },
        });
        response = { ...rest, body };
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof UpstreamError) throw error;
        if (error instanceof Error && error.cause instanceof UpstreamError) throw error.cause;
        const refusal = refusalOf(error);
        if (refusal === undefined) throw connectionError(settings.url, error);
        response = refusal;
      }
      const { status, headers, body } = response;
      if (status === 304 && known !== undefined) return { data: known.data as never, hasNext: known.hasNext };
      const what = `GET ${path}`;
      if (status >= 300) {
        const freeAgain = freeAgainAt(response, clock.now().getTime());
        if (freeAgain === undefined) throw refusalError(response, what, permission);
        freeAtMs = Math.max(freeAtMs, freeAgain);
        throw rateLimited(freeAgain, `${what} answered HTTP ${status}: `);
      }
      if (typeof body !== 'object' || body === null) {
        throw new UpstreamError(system, 'server', `${what}: the answer is not JSON: ${cleanText(String(body), 60) || 'empty'}`);
      }
      const reply = schema.safeParse(body);
      if (!reply.success) {
        const where = reply.error.issues[0]?.path.map(String).join('.') || 'its root';
        throw new UpstreamError(system, 'server', `${what}: the answer has an unknown shape at ${where}`, { cause: reply.error });
      }
      const answer = { etag: String(headers.etag ?? ''), data: reply.data, hasNext: /;\s*rel="next"/.test(String(headers.link ?? '')) };
      if (isForever || answer.etag !== '') cache.set(key, answer, bytes);
      return { data: reply.data, hasNext: answer.hasNext };
    },
  };
}

/** Octokit raises every status from 300 on, with what was answered; what it raises without an answer is no refusal. */
function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('response' in error)) return undefined;
  const { response } = error as { response?: { status: number; headers: Refusal['headers']; data: unknown } };
  return response && { status: response.status, headers: response.headers, body: response.data };
}

/** The body was unpacked on the way; what describes its packed form would make it unreadable. */
function unpacked(headers: Headers): Headers {
  const kept = new Headers(headers);
  kept.delete('content-encoding');
  kept.delete('content-length');
  return kept;
}

function connectionError(url: string, error: unknown): UpstreamError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? `${String(cause.code)} ` : '';
  const words = cause instanceof Error ? cause.message : String(cause);
  return new UpstreamError(system, 'server', `no usable answer from ${new URL(url).host}: ${code}${cleanText(words, 120)}`, {
    cause: error,
  });
}
