/**
 * One call to ECS and what its answer, or the lack of one, proves. Reads raise UpstreamError; a change is sent once and
 * answers an Outcome: refused is `no`, a lost answer is `unknown`.
 */
import { type ECSClient, ECSServiceException } from '@aws-sdk/client-ecs';
import { type AppError, InvariantError, UpstreamError } from '../domain/errors.ts';
import type { Outcome } from '../domain/plan.ts';

type Send<T> = (options: { abortSignal: AbortSignal }) => Promise<T>;

export interface CallContext {
  signal: AbortSignal;
  timeoutMs: number;
}

/** Runs a read; its failure is an UpstreamError that names the operation, and an abort of `signal` stays that abort. */
export async function readOnce<T>(operation: string, context: CallContext, send: Send<T>): Promise<T> {
  context.signal.throwIfAborted();
  const deadline = AbortSignal.timeout(context.timeoutMs);
  try {
    return await send({ abortSignal: AbortSignal.any([context.signal, deadline]) });
  } catch (error) {
    context.signal.throwIfAborted();
    throw toUpstreamError(operation, error, deadline.aborted);
  }
}

/** Sends one change, exactly once. Rejects only when `signal` was aborted before anything was sent, or when the client would retry. */
export async function sendOnce(operation: string, writer: ECSClient, context: CallContext, send: Send<unknown>): Promise<Outcome> {
  const attempts = await writer.config.maxAttempts();
  if (attempts !== 1) {
    throw new InvariantError(`${operation}: the mutating client makes up to ${attempts} attempts`, {
      hint: 'create it with maxAttempts: 1; a retried change is a second change',
    });
  }
  context.signal.throwIfAborted();
  const deadline = AbortSignal.timeout(context.timeoutMs);
  try {
    await send({ abortSignal: AbortSignal.any([context.signal, deadline]) });
    return { applied: 'yes', detail: `${operation} was accepted` };
  } catch (error) {
    const text = `${operation}: ${describe(error)}`;
    if (wasRefused(error)) return { applied: 'no', detail: `${text}: refused` };
    if (wasNeverSent(error)) return { applied: 'no', detail: `${text}: the call did not reach ECS` };
    return { applied: 'unknown', detail: `${text}: the call went out and no usable answer came back` };
  }
}

/** Turns a failed read into an outcome: nothing was sent, so nothing changed. Invariants and aborts pass through. */
export function unreadable(error: unknown, applied: 'no' | 'unknown', signal: AbortSignal): Outcome {
  signal.throwIfAborted();
  if (!(error instanceof UpstreamError)) throw error;
  return { applied, detail: `the service could not be read: ${error.message}` };
}

/** A clean 4xx: ECS read the request and said no. 408 is a proxy's way of saying it heard nothing. */
function wasRefused(error: unknown): boolean {
  if (!(error instanceof ECSServiceException)) return false;
  const status = error.$metadata.httpStatusCode ?? 0;
  return status >= 400 && status < 500 && status !== 408;
}

const neverSentCodes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function wasNeverSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return neverSentCodes.has(code) || error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError';
}

function toUpstreamError(operation: string, error: unknown, timedOut: boolean): AppError {
  const message = `${operation}: ${describe(error)}`;
  if (timedOut) return new UpstreamError('ecs', 'timeout', `${operation}: no answer in time`, { cause: error });
  if (error instanceof Error && error.name === 'CredentialsProviderError')
    return new UpstreamError('ecs', 'auth', message, { cause: error });
  if (!(error instanceof ECSServiceException)) return new UpstreamError('ecs', 'server', message, { cause: error });
  const status = error.$metadata.httpStatusCode ?? 0;
  if (error.name === 'AccessDeniedException' || status === 401 || status === 403) {
    return new UpstreamError('ecs', 'auth', message, { cause: error, hint: `allow ecs:${operation} for the agent's role` });
  }
  if (error.name === 'ThrottlingException' || status === 429) return new UpstreamError('ecs', 'rate-limit', message, { cause: error });
  return new UpstreamError('ecs', status >= 400 && status < 500 ? 'client' : 'server', message, { cause: error });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message ? `${error.name}: ${error.message}` : error.name;
}
