/** LangChain's client of the Gemini API, made to hear an abort and to pass on why there is no answer. */
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import type { BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import { ChatGoogleGenerativeAI, type GoogleGenerativeAIChatInput } from '@langchain/google-genai';
import { geminiSchema } from './schema.ts';

type Send = ChatGoogleGenerativeAI['completionWithRetry'];
type Request = Parameters<Send>[0];
type Result = Awaited<ReturnType<Send>>;
type Content = Exclude<Request, string | unknown[]>['contents'][number];
type Tool = NonNullable<Exclude<Request, string | unknown[]>['tools']>[number];

export class Gemini extends ChatGoogleGenerativeAI {
  readonly #timeoutMs: number;

  constructor(fields: GoogleGenerativeAIChatInput, timeoutMs: number) {
    super(fields);
    this.#timeoutMs = timeoutMs;
  }

  /** LangChain sends without the signal of the call: a silent server would hold it for ever. */
  override _generate(messages: BaseMessage[], options: this['ParsedCallOptions'], run?: CallbackManagerForLLMRun): Promise<ChatResult> {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    const send: Send = async (request) => withContent(await this.completionWithRetry(inItsForm(request), { ...options, signal }));
    // Of this call only: another one under way has a signal of its own.
    const model: this = Object.create(this, { completionWithRetry: { value: send } });
    return super._generate.call(model, messages, options, run);
  }
}

function inItsForm(request: Request): Request {
  if (typeof request === 'string' || Array.isArray(request)) return request;
  const { contents, generationConfig, tools } = request;
  const schema = generationConfig?.responseSchema;
  return {
    ...request,
    contents: inTurns(contents),
    ...(schema ? { generationConfig: { ...generationConfig, responseSchema: geminiSchema(schema) as unknown as typeof schema } } : {}),
    ...(tools ? { tools: tools.map(withSchemas) } : {}),
  };
}

/** LangChain sends what each tool found as a turn of its own; the API wants all that answers one turn in the next. */
function inTurns(contents: readonly Content[]): Content[] {
  const turns: Content[] = [];
  for (const { role, parts } of contents) {
    const last = turns.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else turns.push({ role, parts: [...parts] });
  }
  return turns;
}

function withSchemas(tool: Tool): Tool {
  if (!('functionDeclarations' in tool)) return tool;
  const declarations = (tool.functionDeclarations ?? []).map(({ parameters, ...declaration }) => ({
    ...declaration,
    ...(parameters ? { parameters: geminiSchema(parameters) as unknown as typeof parameters } : {}),
  }));
  return { functionDeclarations: declarations };
}

/** A blocked answer has no content, which LangChain takes for an error; the finish reason says what it is. */
function withContent(result: Result): Result {
  const { candidates = [], promptFeedback } = result.response;
  const [candidate] = candidates;
  const finishReason = candidate ? candidate.finishReason : promptFeedback?.blockReason;
  if (candidate?.content || finishReason === undefined) return result;
  const empty = { index: 0, ...candidate, content: { role: 'model', parts: [] }, finishReason };
  return { ...result, response: { ...result.response, candidates: [empty] } } as Result;
}
