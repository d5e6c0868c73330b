/** Asks a running agent over its API. What it refuses is an `InputError` with its own code and words; no answer is an `UpstreamError`. */
import { z } from 'zod';
import type { ApiAccess } from '../config/api-access.ts';
import { type AppError, type ErrorCode, errorCodes, InputError, UpstreamError } from '../domain/errors.ts';

export interface ApiClient {
  /** `path` begins with `/`, behind `/api`. */
  get<S extends z.ZodType>(path: string, answer: S): Promise<z.infer<S>>;
  send<S extends z.ZodType>(method: 'POST' | 'PUT', path: string, body: unknown, answer: S): Promise<z.infer<S>>;
}

const Problem = z.object({ code: z.string(), detail: z.string(), hint: z.string().optional() });

const timeoutMs = 30_000;

export function createApiClient({ url, token }: ApiAccess): ApiClient {
  async function ask<S extends z.ZodType>(path: string, answer: S, init: RequestInit): Promise<z.infer<S>> {
    const headers = { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' };
    let status: number;
    let body: unknown;
    try {
      // A redirect would carry the token to somebody else.
      const response = await fetch(`${url}/api${path}`, { ...init, headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
      status = response.status;
      body = await response.json().catch(() => undefined);
    } catch (error) {
      throw new UpstreamError('agent', 'server', `${url} does not answer`, { hint: 'is the agent running there? see --url', cause: error });
    }
    if (status >= 400) throw refusalOf(status, body);
    const parsed = answer.safeParse(body);
    if (!parsed.success) throw new UpstreamError('agent', 'server', `${url} answers something else than this version of kintsugi expects`);
    return parsed.data;
  }
  return {
    get: (path, answer) => ask(path, answer, {}),
    send: (method, path, body, answer) => ask(path, answer, { method, body: JSON.stringify(body) }),
  };
}

function refusalOf(status: number, body: unknown): AppError {
  const { data } = Problem.safeParse(body);
  if (!data || !Object.hasOwn(errorCodes, data.code)) return new UpstreamError('agent', 'server', `answered HTTP ${status}`);
  const details = data.hint === undefined ? {} : { hint: data.hint };
  if (status >= 500) return new UpstreamError('agent', 'server', `${data.code}: ${data.detail}`, details);
  return new InputError(data.code as ErrorCode, data.detail, details);
}
