/** One call of one model: reserved before, settled after, never waited for longer than it may take. */
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { Clock } from '../../domain/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ModelMetrics } from '../../telemetry/model-metrics.ts';
import type { NoAdvice, Role, Spent } from '../adviser.ts';
import type { LlmBudget, Usage } from '../budget.ts';
import { failureOf } from './failure.ts';
import { within } from './within.ts';

export interface CallDeps {
  clock: Clock;
  budget: LlmBudget;
  logger: Logger;
  metrics: Pick<ModelMetrics, 'modelTokens' | 'modelCost'>;
  /** No fewer tokens than the texts can have. */
  mostTokens(texts: readonly string[]): number;
}

export interface CallRequest {
  incidentId: string;
  role: Role;
  /** `<provider>:<model>` */
  model: string;
  messages: readonly BaseMessage[];
  /** What is sent besides the messages: schema, tools. */
  more: string;
  maxOutputTokens: number;
  timeoutMs: number;
  signal: AbortSignal;
  invoke(messages: BaseMessage[], signal: AbortSignal): Promise<unknown>;
  /** Little money is left and a cheaper model could do it: give the reservation back instead of calling. */
  isTooDear(): boolean;
}

export type Called =
  | { kind: 'said'; message: AIMessage; spent: Spent }
  /** Not called: a cheaper model should be. */
  | { kind: 'too-dear' }
  | { kind: 'failed'; result: Exclude<NoAdvice, 'off'>; reason: string; spent: Spent };

const gaveUp = 'whoever asked gave up';
const nothing: Usage = { inputTokens: 0, outputTokens: 0 };
const free: Spent = { ...nothing, costUsd: 0 };

export async function call(deps: CallDeps, request: CallRequest): Promise<Called> {
  const { incidentId, role, model, maxOutputTokens } = request;
  const inputTokens = deps.mostTokens([...request.messages.map(writtenOut), request.more]);
  const reservation = await deps.budget.reserve({ incidentId, role, model, inputTokens, maxOutputTokens });
  if (reservation.kind === 'refused') return { kind: 'failed', result: 'ceiling', reason: reservation.reason, spent: free };
  if (reservation.near && request.isTooDear()) {
    await settle(deps, request, reservation.id, 'not-made');
    return { kind: 'too-dear' };
  }
  // The store may take longer than there is time: nothing is sent that nobody waits for.
  if (request.signal.aborted) {
    const spent = await settle(deps, request, reservation.id, 'not-made');
    return { kind: 'failed', result: 'timeout', reason: gaveUp, spent };
  }
  // What nobody counted counts as reserved.
  let usage: Usage | null | 'not-made' = null;
  let called: { message: AIMessage } | { result: Exclude<NoAdvice, 'off'>; reason: string };
  try {
    const waited = await within(deps.clock, request.timeoutMs, request.signal, (signal) => request.invoke([...request.messages], signal));
    if (waited.kind === 'done') {
      const message = messageIn(waited.value);
      usage = message ? usageOf(message) : null;
      called = message ? { message } : { result: 'malformed', reason: 'the provider answered no message' };
    } else {
      const reason = waited.kind === 'late' ? `no answer within ${Math.round(request.timeoutMs)} ms` : gaveUp;
      called = { result: 'timeout', reason };
    }
  } catch (error) {
    const { isFree, ...failure } = failureOf(error);
    if (isFree) usage = 'not-made';
    called = failure;
  }
  const spent = await settle(deps, request, reservation.id, usage);
  return 'message' in called ? { kind: 'said', message: called.message, spent } : { kind: 'failed', ...called, spent };
}

async function settle(deps: CallDeps, { role, model }: CallRequest, id: string, usage: Usage | null | 'not-made'): Promise<Spent> {
  let costUsd = 0;
  try {
    if (usage === 'not-made') await deps.budget.cancel(id);
    else costUsd = await deps.budget.settle(id, usage);
  } catch (error) {
    // The reservation stands, so the ceilings hold.
    deps.logger.error({ err: error, model }, 'what a model took could not be written down; its reservation counts');
  }
  const { inputTokens, outputTokens } = usage === null || usage === 'not-made' ? nothing : usage;
  deps.metrics.modelTokens.inc({ role, model, direction: 'input' }, inputTokens);
  deps.metrics.modelTokens.inc({ role, model, direction: 'output' }, outputTokens);
  deps.metrics.modelCost.inc({ role, model }, costUsd);
  return { inputTokens, outputTokens, costUsd };
}

/** All of a message that is sent and therefore counted. */
function writtenOut(message: BaseMessage): string {
  const { content } = message;
  const orders = AIMessage.isInstance(message) ? JSON.stringify(message.tool_calls ?? []) : '';
  return `${typeof content === 'string' ? content : JSON.stringify(content)}${orders}`;
}

/** The message itself, or within the `{ raw, parsed }` of a structured answer. */
function messageIn(value: unknown): AIMessage | undefined {
  const found = typeof value === 'object' && value !== null && 'raw' in value ? value.raw : value;
  return AIMessage.isInstance(found) ? found : undefined;
}

/** Providers that do not count are not believed to be free. */
function usageOf({ usage_metadata: usage }: AIMessage): Usage | null {
  if (!usage) return null;
  const { input_tokens: inputTokens, output_tokens: outputTokens } = usage;
  const isCounted = Number.isSafeInteger(inputTokens) && inputTokens > 0 && Number.isSafeInteger(outputTokens) && outputTokens >= 0;
  return isCounted ? { inputTokens, outputTokens } : null;
}
