/**
 * Anthropic's `POST /v1/messages`, for tests: messages in turns, tools, forced tools, usage, refusals, errors. Not imitated: streaming, thinking,
 * caching, images, documents, output formats, server tools, and that a schema is held to.
 */
import { z } from 'zod';
import { type Asked, callsOf, type Format, usageOf, wordsOf } from './turn.ts';

const Text = z.strictObject({ type: z.literal('text'), text: z.string().min(1) });
const ToolUse = z.strictObject({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.record(z.string(), z.json()) });
const ToolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(Text)]).optional(),
  is_error: z.boolean().optional(),
});
const Block = z.discriminatedUnion('type', [Text, ToolUse, ToolResult]);
const Message = z.strictObject({ role: z.enum(['user', 'assistant']), content: z.union([z.string().min(1), z.array(Block).min(1)]) });
const Request = z.strictObject({
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  system: z.union([z.string(), z.array(Text)]).optional(),
  max_tokens: z.int().min(1),
  stream: z.literal(false).optional(),
  tools: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w-]{1,128}$/),
        description: z.string().optional(),
        input_schema: z.looseObject({ type: z.literal('object') }),
      }),
    )
    .optional(),
  tool_choice: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.enum(['auto', 'any', 'none']) }),
      z.strictObject({ type: z.literal('tool'), name: z.string() }),
    ])
    .optional(),
});

export const anthropicFormat: Format = {
  modelAt: (path) => (path === '/v1/messages' ? { model: '' } : undefined),
  read(body, headers) {
    if (headers['anthropic-version'] === undefined) throw new Error('anthropic-version: header is required');
    const { model, messages, system = [], max_tokens: maxOutputTokens, tools = [] } = Request.parse(body);
    refuseUnpaired(messages);
    const blocks: (string | z.infer<typeof Block>)[] = typeof system === 'string' ? [system] : [...system];
    for (const { content } of messages) blocks.push(...(typeof content === 'string' ? [content] : content));
    return {
      format: 'anthropic',
      model,
      texts: blocks.flatMap(textsOf),
      tools: tools.map(({ name, input_schema: schema }) => ({ name, schema })),
      turnsSoFar: messages.filter(({ role }) => role === 'assistant').length,
      form: undefined,
      maxOutputTokens,
    } satisfies Asked;
  },
  write(turn, asked) {
    const calls = callsOf(turn, asked);
    const { input, output } = usageOf(turn, asked);
    const used = calls?.map(({ name, args }, index) => ({ type: 'tool_use', id: `toolu_${asked.turnsSoFar}_${index}`, name, input: args }));
    const words = turn.kind === 'refusal' ? [] : [{ type: 'text', text: wordsOf(turn) }];
    return {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: asked.model,
      content: used ?? words,
      stop_reason: turn.kind === 'refusal' ? 'refusal' : used ? 'tool_use' : 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: input, output_tokens: output },
    };
  },
  error(status, message) {
    const types: Record<number, string> = { 429: 'rate_limit_error', 500: 'api_error', 503: 'api_error' };
    return { headers: {}, body: { type: 'error', error: { type: types[status] ?? 'invalid_request_error', message } } };
  },
};

type Messages = readonly z.infer<typeof Message>[];

function textsOf(block: string | z.infer<typeof Block>): string[] {
  if (typeof block === 'string') return [block];
  if (block.type === 'text') return [block.text];
  if (block.type === 'tool_use') return [];
  return typeof block.content === 'string' ? [block.content] : (block.content ?? []).map(({ text }) => text);
}

/** Turns take turns, and each use of a tool is answered in the next one. */
function refuseUnpaired(messages: Messages): void {
  let used: string[] = [];
  for (const { role, content } of messages) {
    const blocks = typeof content === 'string' ? [] : content;
    const results = blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
    if (used.some((id) => !results.includes(id))) throw new Error('tool_use ids were found without tool_result blocks immediately after');
    if (results.some((id) => !used.includes(id))) throw new Error('unexpected tool_use_id found in tool_result blocks');
    used = role === 'assistant' ? blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : [])) : [];
  }
  if (used.length > 0) throw new Error('tool_use ids were found without tool_result blocks immediately after');
}
