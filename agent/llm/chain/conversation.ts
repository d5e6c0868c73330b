/** A conversation with one model until it has answered, failed or got stuck: one repair, bounded looks, nothing it says is believed unchecked. */
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, type BaseMessage, HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import type { Investigation, NoAdvice, Spent } from '../adviser.ts';
import { answerTool, judge, read, type Said } from './answer.ts';
import { type CallDeps, type Called, call } from './call.ts';
import { type Looking, look, unanswered } from './looks.ts';
import { type Opening, openingMessages, repairText } from './prompt.ts';
import { createWatch } from './stuck.ts';

/** `untilMs`: what the model has not said by then counts no more. */
export interface Talk<Value> extends Looking {
  model: string;
  chat: BaseChatModel;
  investigation: Investigation<Value>;
  callTimeoutMs: number;
  maxTokens: number;
  isTooDear(): boolean;
  /** Told of each call. */
  spend(spent: Spent): void;
}

export type Concluded<Value> =
  | { kind: 'answer'; value: Value }
  | { kind: 'too-dear' }
  | { kind: 'none'; result: Exclude<NoAdvice, 'off'>; reason: string };

export async function converse<Value>(deps: CallDeps, talk: Talk<Value>): Promise<Concluded<Value>> {
  const { investigation, masking } = talk;
  const opening = openingMessages(investigation, masking, talk.newFence, talk.looks);
  talk.tookOut(opening.secrets);
  const first: BaseMessage[] = [new SystemMessage(opening.system), new HumanMessage(opening.human)];
  const later: BaseMessage[] = [];
  const watch = createWatch({ maxTokens: talk.maxTokens, maxTurns: investigation.maxLooks + 3 });
  const plain = (text: string) => masking.unmask(text);
  let repairs = 0;

  for (;;) {
    const called = await say(deps, talk, opening, [...first, ...later]);
    if (called.kind === 'too-dear') return called;
    if (called.kind === 'failed') return { kind: 'none', result: called.result, reason: called.reason };
    const said = read(called.message, investigation.maxOutputTokens);
    if (said.kind === 'refused') return { kind: 'none', result: 'refused', reason: said.reason };
    if (said.kind === 'orders') {
      const { replies, keys, refused } = await look(deps, talk, said.orders);
      const tokens = called.spent.inputTokens + called.spent.outputTokens;
      const stuck = watch.turn({ text: said.text, orders: keys, refused, tokens });
      if (stuck) return { kind: 'none', result: 'stuck', reason: stuck };
      later.push(called.message, ...replies, ...unanswered(called.message, replies));
      continue;
    }
    const judged = said.kind === 'answer' ? judge(said.value, investigation.schema, plain) : { kind: 'fault' as const, fault: said.fault };
    if (judged.kind === 'fits') return { kind: 'answer', value: judged.value };
    if (judged.kind === 'refused') return { kind: 'none', result: 'refused', reason: 'the model refused' };
    if (repairs > 0) return { kind: 'none', result: 'malformed', reason: 'its answer did not fit, nor did the second' };
    repairs += 1;
    later.push(...repairOf(said, called.message, repairText(masking.mask(judged.fault).text)));
  }
}

async function say<Value>(deps: CallDeps, talk: Talk<Value>, opening: Opening, messages: BaseMessage[]): Promise<Called> {
  const { chat, investigation, model } = talk;
  const { incidentId, role, maxOutputTokens, signal } = investigation;
  const bound =
    opening.tools.length > 0
      ? chat.bindTools?.(opening.tools)
      : chat.withStructuredOutput(opening.schema, { name: answerTool, includeRaw: true });
  const leftMs = talk.untilMs - deps.clock.monotonicMs();
  const called = await call(deps, {
    incidentId,
    role,
    model,
    messages,
    more: JSON.stringify(opening.tools.length > 0 ? opening.tools : opening.schema),
    maxOutputTokens,
    timeoutMs: Math.min(talk.callTimeoutMs, leftMs),
    signal,
    isTooDear: talk.isTooDear,
    invoke: async (sent, over) => {
      if (!bound) throw new TypeError('the model knows no tools');
      return bound.invoke(sent, { signal: over });
    },
  });
  if (called.kind !== 'too-dear') talk.spend(called.spent);
  return called;
}

/** The model's own message goes along only where it ordered the answer as a tool: the providers want each order answered. */
function repairOf(said: Said, message: AIMessage, text: string): BaseMessage[] {
  if (said.kind === 'answer' && said.orderId !== undefined) {
    const [only, ...others] = message.tool_calls ?? [];
    if (only && others.length === 0) return [message, new ToolMessage({ content: text, tool_call_id: said.orderId })];
  }
  return [new AIMessage('(an answer that could not be used)'), new HumanMessage(text)];
}
