/** A chat model in this process, for tests of who asks: it says what a test tells it, and keeps what it was sent. */
import { BaseChatModel, type BaseChatModelCallOptions, type BindToolsInput } from '@langchain/core/language_models/chat_models';
import { AIMessage, AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';

interface ToldOptions extends BaseChatModelCallOptions {
  tools?: BindToolsInput[];
}

/** What it says to the n-th call, from 1: a message, an error to throw, or nothing at all for as long as the promise is open. */
export type Say = (sent: readonly BaseMessage[], call: number) => AIMessage | Error | Promise<AIMessage | Error>;

export class ToldModel extends BaseChatModel<ToldOptions, AIMessageChunk> {
  readonly sent: BaseMessage[][] = [];
  readonly tools: BindToolsInput[][] = [];
  readonly signals: AbortSignal[] = [];
  readonly #say: Say;

  constructor(say: Say) {
    super({ maxRetries: 0 });
    this.#say = say;
  }

  _llmType(): string {
    return 'told';
  }

  override bindTools(tools: BindToolsInput[]) {
    return this.withConfig({ tools });
  }

  async _generate(messages: BaseMessage[], { tools = [], signal }: this['ParsedCallOptions']): Promise<ChatResult> {
    this.sent.push(messages);
    this.tools.push(tools);
    if (signal) this.signals.push(signal);
    const said = await this.#say(messages, this.sent.length);
    if (said instanceof Error) throw said;
    return { generations: [{ text: said.text, message: said }] };
  }
}

const usage = { input_tokens: 100, output_tokens: 20, total_tokens: 120 };

export function saysText(text: string): AIMessage {
  return new AIMessage({ content: text, usage_metadata: usage });
}

export function saysJson(value: unknown): AIMessage {
  return saysText(JSON.stringify(value));
}

/** Orders looks, or gives the answer as a tool. */
export function saysCalls(calls: readonly { name: string; args: Record<string, unknown> }[], text = ''): AIMessage {
  const ids = calls.map((call, index) => ({ ...call, id: `call-${index}-${JSON.stringify(call.args)}`, type: 'tool_call' as const }));
  return new AIMessageChunk({ content: text, tool_calls: ids, usage_metadata: usage }) as unknown as AIMessage;
}
