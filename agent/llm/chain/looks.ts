/** The looks a model orders: read-only, out of a closed list, each once; what is found goes back masked and fenced. */
import { type AIMessage, ToolMessage } from '@langchain/core/messages';
import { canonicalJson } from '../../audit/canonical-json.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Investigation, Look, ReadTool } from '../adviser.ts';
import type { Masking } from '../redactor.ts';
import { answerTool, faultsOf, type Order, withTexts } from './answer.ts';
import { foundMessage, type NewFence } from './prompt.ts';
import { within } from './within.ts';

export interface LookDeps {
  clock: Clock;
  logger: Logger;
}

/** What the looks of one conversation share. */
export interface Looking {
  investigation: Pick<Investigation<unknown>, 'tools' | 'maxLooks' | 'signal'>;
  masking: Masking;
  newFence: NewFence;
  /** All that were ordered so far, by any model; more are added. */
  looks: Look[];
  /** By the monotonic clock. */
  untilMs: number;
  /** Told of secrets that were taken out of what was found. */
  tookOut(secrets: Readonly<Record<string, number>>): void;
}

/** Looks a model may order at once. */
const mostAtOnce = 4;

interface Looked {
  replies: ToolMessage[];
  /** Equal for equal looks. */
  keys: string[];
  refused: number;
}

export async function look(deps: LookDeps, looking: Looking, orders: readonly Order[]): Promise<Looked> {
  const looked: Looked = { replies: [], keys: [], refused: 0 };
  for (const [index, order] of orders.entries()) {
    if (index >= mostAtOnce) break;
    const { reply, key } = await lookOnce(deps, looking, order);
    looked.replies.push(new ToolMessage({ content: reply, tool_call_id: order.id, name: order.name }));
    if (key === undefined) looked.refused += 1;
    else looked.keys.push(key);
  }
  return looked;
}

/** `key`: undefined when there is no such look. */
async function lookOnce(deps: LookDeps, looking: Looking, order: Order): Promise<{ reply: string; key?: string }> {
  const { masking, looks } = looking;
  const { tools, maxLooks } = looking.investigation;
  const tool = tools.find(({ name }) => name === order.name);
  if (!tool) return { reply: `There is no such tool. The tools are ${tools.map(({ name }) => name).join(', ')} and ${answerTool}.` };
  const parsed = tool.params.safeParse(withTexts(order.params, (text) => masking.unmask(text)));
  if (!parsed.success) return { reply: `These parameters are not possible: ${masking.mask(faultsOf(parsed.error)).text}.` };
  const params = parsed.data;
  const key = canonicalJson([tool.name, params]);
  const known = looks.find((before) => canonicalJson([before.tool, before.params]) === key);
  if (known) return { key, reply: 'This was looked at before; what was found stands above. Look elsewhere or answer.' };
  if (looks.length >= maxLooks) return { key, reply: `No look is left. Call the tool ${answerTool}.` };
  const found = await readWithin(deps, looking, tool, params);
  looks.push({ tool: tool.name, params, found });
  const message = foundMessage(found, masking, looking.newFence);
  looking.tookOut(message.secrets);
  return { key, reply: message.text };
}

/** A source that fails is an answer, too. */
async function readWithin(
  { clock, logger }: LookDeps,
  { untilMs, investigation: { signal } }: Looking,
  tool: ReadTool,
  params: Record<string, unknown>,
): Promise<string> {
  try {
    const waited = await within(clock, untilMs - clock.monotonicMs(), signal, (over) => tool.read(params, over));
    return waited.kind === 'done' ? waited.value : 'Nothing was read in time.';
  } catch (error) {
    logger.warn({ err: error, tool: tool.name }, 'a look that a model ordered failed');
    return 'This could not be read.';
  }
}

/** Providers refuse a conversation in which an order has no reply. */
export function unanswered(message: AIMessage, replies: readonly ToolMessage[]): ToolMessage[] {
  const answered = new Set(replies.map((reply) => reply.tool_call_id));
  const calls = message.tool_calls ?? [];
  return calls.flatMap(({ id }) =>
    id === undefined || answered.has(id)
      ? []
      : [new ToolMessage({ content: `Not looked: ${mostAtOnce} at once at most, and an answer stands alone.`, tool_call_id: id })],
  );
}
