/**
 * The Gemini API's `POST …/models/{model}:generateContent`, for tests: contents, system instruction, function calls, response schemas, usage,
 * blocked answers, errors. Not imitated: streaming, thinking, media, safety settings, cached content, and that a schema is held to.
 */
import { z } from 'zod';
import { type Asked, callsOf, type Format, usageOf, wordsOf } from './turn.ts';

const Text = z.strictObject({ text: z.string() });
const FunctionCall = z.looseObject({ functionCall: z.looseObject({ name: z.string(), args: z.record(z.string(), z.json()).optional() }) });
const FunctionResponse = z.strictObject({
  functionResponse: z.looseObject({ name: z.string(), response: z.record(z.string(), z.json()) }),
});
const Part = z.union([Text, FunctionCall, FunctionResponse]);
const Content = z.strictObject({ role: z.enum(['user', 'model', 'function']), parts: z.array(Part).min(1) });
/** Of JSON schema the API takes a part only; this is a part of that. */
const Schema: z.ZodType = z.lazy(() =>
  z.strictObject({
    type: z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object']).optional(),
    description: z.string().optional(),
    nullable: z.boolean().optional(),
    enum: z.array(z.string().min(1)).min(1).optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
    items: Schema.optional(),
    anyOf: z.array(Schema).min(1).optional(),
    minItems: z.int().optional(),
    maxItems: z.int().optional(),
    minLength: z.int().optional(),
    maxLength: z.int().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
  }),
);
const Request = z.strictObject({
  contents: z.array(Content).min(1),
  systemInstruction: z.strictObject({ role: z.string().optional(), parts: z.array(Text).min(1) }).optional(),
  safetySettings: z.array(z.json()).optional(),
  generationConfig: z.strictObject({
    stopSequences: z.array(z.string()).max(5).optional(),
    maxOutputTokens: z.int().min(1),
    responseMimeType: z.enum(['text/plain', 'application/json']).optional(),
    responseSchema: Schema.optional(),
  }),
  tools: z
    .array(
      z.strictObject({
        functionDeclarations: z.array(
          z.strictObject({
            name: z.string().regex(/^[a-zA-Z_][\w.-]{0,63}$/),
            description: z.string().optional(),
            parameters: Schema.optional(),
          }),
        ),
      }),
    )
    .optional(),
  toolConfig: z
    .strictObject({
      functionCallingConfig: z.strictObject({
        mode: z.enum(['AUTO', 'ANY', 'NONE']),
        allowedFunctionNames: z.array(z.string()).optional(),
      }),
    })
    .optional(),
});

export const googleFormat: Format = {
  modelAt(path) {
    const [, model] = /^\/v1(?:beta)?\/models\/([^/:]+):generateContent$/.exec(path) ?? [];
    return model === undefined ? undefined : { model };
  },
  read(body, headers, { model }) {
    if (headers['x-goog-api-key'] === undefined) throw new Error("Method doesn't allow unregistered callers");
    const { contents, systemInstruction, generationConfig, tools = [] } = Request.parse(body);
    refuseUnpaired(contents);
    return {
      format: 'google',
      model,
      texts: [...(systemInstruction?.parts ?? []), ...contents.flatMap(({ parts }) => parts)].flatMap(textsOf),
      tools: tools.flatMap(({ functionDeclarations }) => functionDeclarations.map(({ name, parameters: schema }) => ({ name, schema }))),
      turnsSoFar: contents.filter(({ role }) => role === 'model').length,
      form: generationConfig.responseMimeType === 'application/json' ? (generationConfig.responseSchema ?? {}) : undefined,
      maxOutputTokens: generationConfig.maxOutputTokens,
    } satisfies Asked;
  },
  write(turn, asked) {
    const { input, output } = usageOf(turn, asked);
    const usageMetadata = { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output };
    const modelVersion = asked.model;
    if (turn.kind === 'refusal') return { candidates: [{ finishReason: 'SAFETY', index: 0 }], usageMetadata, modelVersion };
    const calls = callsOf(turn, asked)?.map(({ name, args }) => ({ functionCall: { name, args } }));
    const content = { role: 'model', parts: calls ?? [{ text: wordsOf(turn) }] };
    return { candidates: [{ content, finishReason: 'STOP', index: 0 }], usageMetadata, modelVersion };
  },
  error(status, message) {
    const names: Record<number, string> = { 429: 'RESOURCE_EXHAUSTED', 500: 'INTERNAL', 503: 'UNAVAILABLE' };
    return { headers: {}, body: { error: { code: status, message, status: names[status] ?? 'INVALID_ARGUMENT' } } };
  },
};

function textsOf(part: z.infer<typeof Part>): string[] {
  if ('text' in part) return [part.text as string];
  return 'functionResponse' in part ? [JSON.stringify((part as z.infer<typeof FunctionResponse>).functionResponse.response)] : [];
}

function refuseUnpaired(contents: readonly z.infer<typeof Content>[]): void {
  let called: string[] = [];
  for (const { parts } of contents) {
    const answered = parts.flatMap((part) =>
      'functionResponse' in part ? [(part as z.infer<typeof FunctionResponse>).functionResponse.name] : [],
    );
    if (called.length > 0 && called.length !== answered.length) {
      throw new Error('the number of function response parts must equal the number of function call parts of the function call turn');
    }
    called = parts.flatMap((part) => ('functionCall' in part ? [(part as z.infer<typeof FunctionCall>).functionCall.name] : []));
  }
}
