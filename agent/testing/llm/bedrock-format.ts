/**
 * Bedrock's `POST /model/{id}/converse`, for tests, over HTTP/1.1: messages in turns, tools, tool choice, usage, filtered answers, errors as AWS
 * spells them. Not imitated: signatures (one must be there), streaming, guardrails, documents, images, caching, and that a schema is held to.
 */
import { z } from 'zod';
import { type Asked, callsOf, type Format, usageOf, wordsOf } from './turn.ts';

const Text = z.strictObject({ text: z.string().min(1) });
const ToolUse = z.strictObject({
  toolUse: z.strictObject({ toolUseId: z.string(), name: z.string(), input: z.record(z.string(), z.json()) }),
});
const ToolResult = z.strictObject({
  toolResult: z.strictObject({
    toolUseId: z.string(),
    content: z.array(z.union([z.strictObject({ text: z.string() }), z.strictObject({ json: z.json() })])),
    status: z.enum(['success', 'error']).optional(),
  }),
});
const Block = z.union([Text, ToolUse, ToolResult]);
const Message = z.strictObject({ role: z.enum(['user', 'assistant']), content: z.array(Block).min(1) });
const Tool = z.strictObject({
  toolSpec: z.strictObject({
    name: z.string().regex(/^[\w-]{1,64}$/),
    description: z.string().min(1).optional(),
    inputSchema: z.strictObject({ json: z.looseObject({ type: z.literal('object') }) }),
  }),
});
const Request = z.strictObject({
  messages: z.array(Message).min(1),
  system: z.array(Text).optional(),
  inferenceConfig: z.strictObject({ maxTokens: z.int().min(1) }),
  toolConfig: z
    .strictObject({
      tools: z.array(Tool).min(1),
      toolChoice: z
        .union([
          z.strictObject({ auto: z.strictObject({}) }),
          z.strictObject({ any: z.strictObject({}) }),
          z.strictObject({ tool: z.strictObject({ name: z.string() }) }),
        ])
        .optional(),
    })
    .optional(),
});

export const bedrockFormat: Format = {
  modelAt(path) {
    const [, id] = /^\/model\/([^/]+)\/converse$/.exec(path) ?? [];
    return id === undefined ? undefined : { model: decodeURIComponent(id) };
  },
  read(body, headers, { model }) {
    const signature = String(headers.authorization);
    if (!/^(AWS4-HMAC-SHA256 Credential=\S+\/bedrock\/aws4_request|Bearer \S+)/.test(signature))
      throw new Error('the request is not signed');
    const { messages, system = [], inferenceConfig, toolConfig } = Request.parse(body);
    if (messages[0]?.role !== 'user') throw new Error('A conversation must start with a user message.');
    if (messages.some(({ role }, index) => role === messages[index - 1]?.role))
      throw new Error('roles must alternate between user and assistant');
    refuseUnpaired(messages);
    return {
      format: 'bedrock',
      model,
      texts: [...system, ...messages.flatMap(({ content }) => content)].flatMap(textsOf),
      tools: (toolConfig?.tools ?? []).map(({ toolSpec: { name, inputSchema } }) => ({ name, schema: inputSchema.json })),
      turnsSoFar: messages.filter(({ role }) => role === 'assistant').length,
      form: undefined,
      maxOutputTokens: inferenceConfig.maxTokens,
    } satisfies Asked;
  },
  write(turn, asked) {
    const { input, output } = usageOf(turn, asked);
    const used = callsOf(turn, asked)?.map(({ name, args }, index) => ({
      toolUse: { toolUseId: `tooluse_${asked.turnsSoFar}_${index}`, name, input: args },
    }));
    const isRefused = turn.kind === 'refusal';
    const words = [{ text: isRefused ? 'The generated text has been blocked by our content filters.' : wordsOf(turn) }];
    return {
      output: { message: { role: 'assistant', content: used ?? words } },
      stopReason: isRefused ? 'content_filtered' : used ? 'tool_use' : 'end_turn',
      usage: { inputTokens: input, outputTokens: output, totalTokens: input + output },
      metrics: { latencyMs: 1 },
    };
  },
  error(status, message) {
    const types: Record<number, string> = {
      429: 'ThrottlingException',
      500: 'InternalServerException',
      503: 'ServiceUnavailableException',
    };
    return { headers: { 'x-amzn-errortype': types[status] ?? 'ValidationException' }, body: { message } };
  },
};

function textsOf(block: z.infer<typeof Block>): string[] {
  if ('text' in block) return [block.text];
  if ('toolUse' in block) return [];
  return block.toolResult.content.map((part) => ('text' in part ? part.text : JSON.stringify(part.json)));
}

function refuseUnpaired(messages: readonly z.infer<typeof Message>[]): void {
  let used: string[] = [];
  for (const { content } of messages) {
    const results = content.flatMap((block) => ('toolResult' in block ? [block.toolResult.toolUseId] : []));
    if (used.length !== results.length || used.some((id) => !results.includes(id))) {
      throw new Error('Expected toolResult blocks for exactly the toolUse blocks of the previous turn.');
    }
    used = content.flatMap((block) => ('toolUse' in block ? [block.toolUse.toolUseId] : []));
  }
  if (used.length > 0) throw new Error('Expected toolResult blocks for exactly the toolUse blocks of the previous turn.');
}
