/**
 * One call to ECS and what its answer, or the lack of one, proves. Reads raise UpstreamError; a change is sent once and
 * answers an Outcome: refused is `no`, a lost answer is `unknown`.
 */
import {
  type ECSClient,
  ECSServiceException,
  type StopServiceDeploymentCommand,
  type StopTaskCommand,
  type UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { type AppError, InvariantError, UpstreamError } from '../domain/errors.ts';
import type { Outcome } from '../domain/plan.ts';
import type { Effect } from './action.ts';

type Send<T> = (options: { abortSignal: AbortSignal }) => Promise<T>;

export interface CallContext {
  signal: AbortSignal;
  timeoutMs: number;
}

export interface ChangeContext {
  effect: Effect;
  timeoutMs: number;
}

/** The calls that change something. */
type Changing = UpdateServiceCommand | StopTaskCommand | StopServiceDeploymentCommand;
type Sender = { send(command: Changing, options: { abortSignal: AbortSignal }): Promise<unknown> };

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

/**
 * Sends one change, exactly once, and only under a permit that is valid at that moment. Rejects only when nothing was sent: `signal` was
 * aborted, the run has lost its incident, or the client would retry.
 *
 * The permit is looked at in the last step of the client's middleware, after credentials and signature: from there to the socket no promise
 * is waited for, so a process that was stopped and continued sends nothing it may not. What remains is a stop within those few
 * instructions, or while a new connection is being made; an effect that slips through there is found by the next owner's looks, which go on
 * for longer than a permit is valid.
 */
export async function sendOnce(writer: ECSClient, command: Changing, { effect, timeoutMs }: ChangeContext): Promise<Outcome> {
  const operation = command.constructor.name.replace(/Command$/, '');
  const attempts = await writer.config.maxAttempts();
  if (attempts !== 1) {
    throw new InvariantError(`${operation}: the mutating client makes up to ${attempts} attempts`, {
      hint: 'create it with maxAttempts: 1; a retried change is a second change',
    });
  }
  const permit = await effect.permit();
  if ('refused' in permit) return { applied: 'no', detail: `${operation} was not sent: ${permit.refused}` };
  effect.signal.throwIfAborted();
  let isSent = false;
  (command.middlewareStack as unknown as ECSClient['middlewareStack']).add(
    (next) => (args) => {
      if (!permit.isValid()) throw new PermitOverError();
      isSent = true;
      return next(args);
    },
    { step: 'deserialize', priority: 'low', name: 'lastWord' },
  );
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    await (writer as Sender).send(command, { abortSignal: AbortSignal.any([effect.signal, deadline]) });
    return { applied: 'yes', detail: `${operation} was accepted` };
  } catch (error) {
    const text = `${operation}: ${describe(error)}`;
    if (error instanceof PermitOverError) return { applied: 'no', detail: `${operation} was not sent: ${error.message}` };
    if (wasRefused(error)) return { applied: 'no', detail: `${text}: refused` };
    if (!isSent || wasNeverSent(error)) return { applied: 'no', detail: `${text}: the call did not reach ECS` };
    return { applied: 'unknown', detail: `${text}: the call went out and no usable answer came back` };
  }
}

class PermitOverError extends Error {
  constructor() {
    super('too much time went by since it was allowed');
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
