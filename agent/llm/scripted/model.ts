/** A chat model that says the lines of a script. The same conversation always gets the same answer: nothing is remembered between calls. */
import type { BaseLanguageModelInput } from '@langchain/core/language_models/base';
import { BaseChatModel, type BaseChatModelCallOptions, type BindToolsInput } from '@langchain/core/language_models/chat_models';
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import type { Runnable } from '@langchain/core/runnables';
import { convertToOpenAITool } from '@langchain/core/utils/function_calling';
import { lineFor, type ScriptEntry } from './script.ts';

interface CallOptions extends BaseChatModelCallOptions {
  /** Names of the bound tools, in their order. */
  toolNames?: string[];
}

export class ScriptedModel extends BaseChatModel<CallOptions, AIMessageChunk> {
  readonly #entries: readonly ScriptEntry[];

  constructor(entries: readonly ScriptEntry[]) {
    super({ maxRetries: 0 });
    this.#entries = entries;
  }

  _llmType(): string {
    return 'scripted';
  }

  override bindTools(tools: BindToolsInput[]): Runnable<BaseLanguageModelInput, AIMessageChunk, CallOptions> {
    return this.withConfig({ toolNames: tools.map(nameOf) });
  }

  async _generate(messages: BaseMessage[], { toolNames = [] }: CallOptions): Promise<ChatResult> {
    const conversation = messages.map(({ text }) => text).join('\n');
    const turn = 1 + messages.filter(({ type }) => type === 'ai').length;
    const line = lineFor(this.#entries, conversation, turn);
    if (!line) throw new Error(`the script has no line for answer ${turn} of this conversation`);

    const calls = [...line.calls];
    const isText = typeof line.say === 'string';
    const answerTool = toolNames.at(-1);
    // What a vendor's model would be forced to: the answer is a call of the tool that takes answers, which is bound last.
    if (!isText && answerTool !== undefined) calls.push({ name: answerTool, args: line.say as (typeof calls)[number]['args'] });
    const text = isText ? String(line.say) : answerTool === undefined ? JSON.stringify(line.say) : '';
    const tokens = { input: tokensOf(conversation), output: tokensOf(text + JSON.stringify(calls)) };
    const message = new AIMessageChunk({
      content: text,
      tool_calls: calls.map((call, index) => ({ ...call, id: `scripted-${turn}-${index}`, type: 'tool_call' })),
      usage_metadata: { input_tokens: tokens.input, output_tokens: tokens.output, total_tokens: tokens.input + tokens.output },
    });
    return { generations: [{ text, message }] };
  }
}

function nameOf(tool: BindToolsInput): string {
  return convertToOpenAITool(tool as Parameters<typeof convertToOpenAITool>[0]).function.name;
}

/** Four characters a token: a rule of thumb, as no model is behind it. */
function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}
