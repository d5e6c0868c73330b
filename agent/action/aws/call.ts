/**
 * One call to an AWS service and what its answer, or the lack of one, proves. Reads raise UpstreamError; a change is sent once and
 * answers an Outcome: refused is `no`, a lost answer is `unknown`.
 */
import type { z } from 'zod';
import { InvariantError, UpstreamError } from '../../domain/errors.ts';
import type { Outcome } from '../../domain/plan.ts';
import { awsFailure, unknownShape } from '../../evidence/aws-failure.ts';
import type { Effect } from '../action.ts';

export interface CallContext {
  signal: AbortSignal;
  timeoutMs: number;
}

export interface ChangeContext {
  effect: Effect;
  timeoutMs: number;
}

type SendOptions = { abortSignal: AbortSignal };
type Next = (given: object) => Promise<object>;

/** What is used of a client of the SDK; each of them is one. */
export interface AwsWriter {
  readonly config: { readonly serviceId: string; maxAttempts(): Promise<number> };
  /** The same client under the role of one change, where changes have roles of their own. Rejects when the role cannot be taken. */
  forChange?(effect: Effect): Promise<AwsWriter & { destroy(): void }>;
}

/** What is used of a command of the SDK. */
export interface AwsCommand {
  readonly input: object;
  readonly middlewareStack: object;
}

/**
 * Runs a read; its failure is an UpstreamError that names the permission it needs, such as `ecs:DescribeServices`, and an abort of
 * `signal` stays that abort.
 */
export async function readOnce<Reply>(
  permission: string,
  schema: z.ZodType<Reply>,
  context: CallContext,
  send: (options: SendOptions) => Promise<unknown>,
): Promise<Reply> {
  context.signal.throwIfAborted();
  const deadline = AbortSignal.timeout(context.timeoutMs);
  let answer: unknown;
  try {
    answer = await send({ abortSignal: AbortSignal.any([context.signal, deadline]) });
  } catch (error) {
    context.signal.throwIfAborted();
    if (!deadline.aborted) throw awsFailure(permission, error);
    const [system = 'aws', operation = permission] = permission.split(':');
    throw new UpstreamError(system, 'timeout', `${operation} gave no answer in time`, { cause: error });
  }
  const reply = schema.safeParse(answer);
  if (!reply.success) throw unknownShape(permission, reply.error);
  return reply.data;
}

/** One change whose answer does not matter beyond its having been accepted; see `sendForReply`. */
export async function sendOnce(writer: AwsWriter, command: AwsCommand, change: ChangeContext): Promise<Outcome> {
  const { outcome } = await send(writer, command, change);
  return outcome;
}

/** One change whose answer the next step needs. An answer of an unknown shape is as good as lost: `unknown`. */
export async function sendForReply<Reply>(
  writer: AwsWriter,
  command: AwsCommand,
  schema: z.ZodType<Reply>,
  change: ChangeContext,
): Promise<{ outcome: Outcome; reply: Reply | null }> {
  const { outcome, answer } = await send(writer, command, change);
  if (outcome.applied !== 'yes') return { outcome, reply: null };
  const reply = schema.safeParse(answer);
  if (reply.success) return { outcome, reply: reply.data };
  return { outcome: { applied: 'unknown', detail: `${operationOf(command)} answered an unknown shape` }, reply: null };
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
async function send(
  writer: AwsWriter,
  command: AwsCommand,
  { effect, timeoutMs }: ChangeContext,
): Promise<{ outcome: Outcome; answer?: unknown }> {
  const operation = operationOf(command);
  const attempts = await writer.config.maxAttempts();
  if (attempts !== 1) {
    throw new InvariantError(`${operation}: the mutating client makes up to ${attempts} attempts`, {
      hint: 'create it with maxAttempts: 1; a retried change is a second change',
    });
  }
  let narrowed: Awaited<ReturnType<NonNullable<AwsWriter['forChange']>>> | undefined;
  try {
    narrowed = await writer.forChange?.(effect);
  } catch (error) {
    effect.signal.throwIfAborted();
    return not(`${operation} was not sent, its role could not be taken: ${describe(error)}`);
  }
  try {
    return await sendUnder(narrowed ?? writer, command, { effect, timeoutMs });
  } finally {
    narrowed?.destroy();
  }
}

async function sendUnder(
  writer: AwsWriter,
  command: AwsCommand,
  { effect, timeoutMs }: ChangeContext,
): Promise<{ outcome: Outcome; answer?: unknown }> {
  const operation = operationOf(command);
  const permit = await effect.permit();
  if ('refused' in permit) return not(`${operation} was not sent: ${permit.refused}`);
  effect.signal.throwIfAborted();
  let isSent = false;
  const lastWord = (next: Next) => (given: object) => {
    if (!permit.isValid()) throw new PermitOverError();
    isSent = true;
    return next(given);
  };
  // The types of the SDK tie a command to its own client; what is said here holds for all of them.
  const { middlewareStack } = command as { middlewareStack: { add(middleware: typeof lastWord, where: object): void } };
  middlewareStack.add(lastWord, { step: 'deserialize', priority: 'low', name: 'lastWord' });
  const sender = writer as unknown as { send(command: AwsCommand, options: SendOptions): Promise<unknown> };
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await sender.send(command, { abortSignal: AbortSignal.any([effect.signal, deadline]) });
    return { outcome: { applied: 'yes', detail: `${operation} was accepted` }, answer };
  } catch (error) {
    const text = `${operation}: ${describe(error)}`;
    if (error instanceof PermitOverError) return not(`${operation} was not sent: ${error.message}`);
    if (wasRefused(error)) return not(`${text}: refused`);
    if (!isSent || wasNeverSent(error)) return not(`${text}: the call did not reach ${writer.config.serviceId}`);
    return { outcome: { applied: 'unknown', detail: `${text}: the call went out and no usable answer came back` } };
  }
}

function not(detail: string): { outcome: Outcome } {
  return { outcome: { applied: 'no', detail } };
}

/** `UpdateServiceCommand` → `UpdateService` */
function operationOf(command: AwsCommand): string {
  return command.constructor.name.replace(/Command$/, '');
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

/** A clean 4xx: the service read the request and said no. 408 is a proxy's way of saying it heard nothing. */
function wasRefused(error: unknown): boolean {
  // Each client brings its own copy of the SDK's error class, so it is known by what it carries.
  if (!(error instanceof Error && '$fault' in error && '$metadata' in error)) return false;
  const status = (error.$metadata as { httpStatusCode?: number }).httpStatusCode ?? 0;
  return status >= 400 && status < 500 && status !== 408;
}

const neverSentCodes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function wasNeverSent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return neverSentCodes.has(code) || error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError';
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message ? `${error.name}: ${error.message}` : error.name;
}
