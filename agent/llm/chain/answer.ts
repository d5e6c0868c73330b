/** Reads what a model sent back. It is data: of any size, in any form, and believed only where the asker's schema says so. */
import type { AIMessage } from '@langchain/core/messages';
import type { z } from 'zod';
import { isEnglish, isRefusal, textsOf } from './wording.ts';

/** The tool by which a model gives its answer while it has others. */
export const answerTool = 'answer';

/** A look the model orders; `id` pairs it with what is found. */
export interface Order {
  id: string;
  name: string;
  params: unknown;
}

export type Said =
  /** `orders` before the answer: whoever still looks has not concluded. */
  | { kind: 'orders'; text: string; orders: Order[] }
  | { kind: 'answer'; text: string; value: unknown; orderId: string | undefined }
  | { kind: 'nothing'; text: string; fault: string }
  | { kind: 'refused'; reason: string };

/** Bytes of UTF-8 a token rarely exceeds; what is longer than its limit allows is not read at all. */
const mostBytesPerToken = 16;
const alwaysRead = 4_000;

export function read(message: AIMessage, maxOutputTokens: number): Said {
  const { text, tool_calls: calls = [], invalid_tool_calls: broken = [] } = message;
  if (isHeldBack(message)) return { kind: 'refused', reason: 'the provider held the answer back, or the model refused' };
  const size = text.length + JSON.stringify([calls, broken]).length;
  if (size > alwaysRead + maxOutputTokens * mostBytesPerToken) {
    return { kind: 'nothing', text: '', fault: 'the answer was far longer than allowed' };
  }
  const orders = calls.flatMap(({ id, name, args }, index) =>
    name === answerTool ? [] : [{ id: id ?? `order-${index}`, name, params: args }],
  );
  if (orders.length > 0) return { kind: 'orders', text, orders };
  const given = calls.find(({ name }) => name === answerTool);
  if (given) return { kind: 'answer', text, value: given.args, orderId: given.id };
  const object = objectIn(text);
  if (object !== undefined) return { kind: 'answer', text, value: object, orderId: undefined };
  if (isRefusal([text])) return { kind: 'refused', reason: 'the model refused' };
  return { kind: 'nothing', text, fault: 'there was no JSON object in the answer' };
}

export type Judged<Value> = { kind: 'fits'; value: Value } | { kind: 'refused' } | { kind: 'fault'; fault: string };

/** `plain` puts masked names back, before the schema judges: a closed list holds the true ones. */
export function judge<Value>(given: unknown, schema: z.ZodType<Value>, plain: (text: string) => string): Judged<Value> {
  const known = withTexts(given, plain);
  if (known === tooDeep) return { kind: 'fault', fault: 'the answer is nested too deeply' };
  const parsed = schema.safeParse(known);
  if (!parsed.success) return { kind: 'fault', fault: faultsOf(parsed.error) };
  const texts = textsOf(parsed.data);
  if (isRefusal(texts)) return { kind: 'refused' };
  return isEnglish(texts) ? { kind: 'fits', value: parsed.data } : { kind: 'fault', fault: 'the answer is not in English' };
}

const tooDeep = Symbol('too deep');
const deepest = 24;

/** Every string through `change`; keys stay. */
export function withTexts(value: unknown, change: (text: string) => string, depth = 0): unknown {
  if (depth > deepest) return tooDeep;
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  const changed = Object.entries(value).map(([key, child]) => [key, withTexts(child, change, depth + 1)] as const);
  if (changed.some(([, child]) => child === tooDeep)) return tooDeep;
  return Array.isArray(value) ? changed.map(([, child]) => child) : Object.fromEntries(changed);
}

/** Paths and zod's words only, never what stood there: fields nobody asked for have names that the model chose. */
export function faultsOf(error: z.ZodError): string {
  const faults = error.issues.slice(0, 6).map(({ code, path, message }) => {
    const fault = code === 'unrecognized_keys' ? 'it has fields that the schema does not know' : message;
    return `${path.map(String).join('.') || 'the whole'}: ${fault}`;
  });
  return faults.join('; ').slice(0, 500);
}

/** The first `{` to the last `}`: models like to wrap an object in a fence or a sentence. */
function objectIn(text: string): unknown {
  const from = text.indexOf('{');
  const to = text.lastIndexOf('}');
  if (from < 0 || to < from) return undefined;
  try {
    return JSON.parse(text.slice(from, to + 1));
  } catch {
    return undefined;
  }
}

const heldBack = /^(?:refusal|content_filter(?:ed)?|guardrail_intervened|safety|recitation|blocklist|prohibited_content|spii)$/i;

/** Vendors say it in a stop reason of one name or another; OpenAI also in a field of its own. */
function isHeldBack({ additional_kwargs: more, response_metadata: metadata }: AIMessage): boolean {
  if (typeof more.refusal === 'string' && more.refusal !== '') return true;
  const known = { ...metadata, ...more } as Record<string, unknown>;
  const reasons = [known.finish_reason, known.stop_reason, known.stopReason, known.finishReason];
  return reasons.some((reason) => typeof reason === 'string' && heldBack.test(reason));
}
