/**
 * OpenAI's `POST …/chat/completions`, for tests: messages, function tools, `response_format` by JSON schema, usage, refusals, errors. Not
 * imitated: streaming, several choices, audio, images, log probabilities, the Responses API, and that a schema is held to.
 */
import { z } from 'zod';
import { type Asked, callsOf, type Format, usageOf, wordsOf } from './turn.ts';

const ToolCall = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string(), arguments: z.string() }),
});
const Parts = z.array(z.strictObject({ type: z.literal('text'), text: z.string() }));
const Content = z.union([z.string(), Parts]);
const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.enum(['system', 'developer']), content: Content }),
  z.strictObject({ role: z.literal('user'), content: Content }),
  z.strictObject({ role: z.literal('assistant'), content: Content.nullish(), tool_calls: z.array(ToolCall).min(1).optional() }),
  z.strictObject({ role: z.literal('tool'), content: Content, tool_call_id: z.string(), name: z.string().optional() }),
]);
const Schema = z.looseObject({ type: z.literal('object') });
const Tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().regex(/^[\w-]{1,64}$/),
    description: z.string().optional(),
    parameters: Schema,
    strict: z.boolean().nullish(),
  }),
});
const Request = z.strictObject({
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  stream: z.literal(false).optional(),
  max_tokens: z.int().min(1).optional(),
  max_completion_tokens: z.int().min(1).optional(),
  reasoning_effort: z.enum(['minimal', 'low', 'medium', 'high']).optional(),
  tools: z.array(Tool).min(1).optional(),
  tool_choice: z
    .union([
      z.enum(['auto', 'none', 'required']),
      z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: z.string() }) }),
    ])
    .optional(),
  parallel_tool_calls: z.boolean().optional(),
  response_format: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.enum(['text', 'json_object']) }),
      z.strictObject({
        type: z.literal('json_schema'),
        json_schema: z.strictObject({
          name: z.string(),
          description: z.string().optional(),
          schema: Schema,
          strict: z.boolean().nullish(),
        }),
      }),
    ])
    .optional(),
});

export const openaiFormat: Format = {
  modelAt: (path) => (path.endsWith('/chat/completions') ? { model: '' } : undefined),
  read(body) {
    const request = Request.parse(body);
    const { messages, tools = [], response_format: form } = request;
    refuseUnpaired(messages);
    return {
      format: 'openai',
      model: request.model,
      texts: messages.map(({ content }) => (typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join(''))),
      tools: tools.map((tool) => ({ name: tool.function.name, schema: tool.function.parameters })),
      turnsSoFar: messages.filter(({ role }) => role === 'assistant').length,
      form: form?.type === 'json_schema' ? form.json_schema.schema : form?.type === 'json_object' ? {} : undefined,
      maxOutputTokens: request.max_tokens ?? request.max_completion_tokens ?? 0,
    } satisfies Asked;
  },
  write(turn, asked) {
    const calls = callsOf(turn, asked)?.map(({ name, args }, index) => ({
      id: `call_${asked.turnsSoFar}_${index}`,
      type: 'function',
      function: { name, arguments: JSON.stringify(args) },
    }));
    const { input, output } = usageOf(turn, asked);
    const refusal = turn.kind === 'refusal' ? "I'm sorry, but I can't help with that." : null;
    const content = refusal === null && calls === undefined ? wordsOf(turn) : null;
    return {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: asked.model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content, refusal, ...(calls ? { tool_calls: calls } : {}) },
          logprobs: null,
          finish_reason: calls ? 'tool_calls' : 'stop',
        },
      ],
      usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
    };
  },
  error(status, message) {
    const type = status === 429 ? 'rate_limit_exceeded' : status >= 500 ? 'server_error' : 'invalid_request_error';
    return { headers: {}, body: { error: { message, type, param: null, code: null } } };
  },
};

function refuseUnpaired(messages: readonly z.infer<typeof Message>[]): void {
  const open = new Set<string>();
  for (const message of messages) {
    if (message.role === 'tool' && !open.delete(message.tool_call_id)) {
      throw new Error("messages with role 'tool' must be a response to a preceding message with 'tool_calls'");
    }
    if (message.role === 'assistant') for (const { id } of message.tool_calls ?? []) open.add(id);
    else if (message.role !== 'tool' && open.size > 0) break;
  }
  if (open.size > 0) throw new Error("an assistant message with 'tool_calls' must be followed by tool messages responding to each");
}
