/** The file of the scripted models, and which of its entries fits a conversation. */
import { parse } from 'yaml';
import { z } from 'zod';

const Pattern = z.string().transform((text, context) => {
  try {
    return new RegExp(text, 'su');
  } catch {
    context.addIssue(`${JSON.stringify(text)} is no regular expression`);
    return z.NEVER;
  }
});

export const ScriptEntry = z.strictObject({
  /** Each must occur somewhere in the conversation so far. */
  when: z.array(Pattern).default([]),
  /** Only as the n-th answer of a conversation, from 1. */
  turn: z.int().min(1).optional(),
  /** Text is said as it is; anything else is the answer in the form that was asked for. */
  say: z.json().default(''),
  calls: z.array(z.strictObject({ name: z.string().min(1), args: z.record(z.string(), z.json()).default({}) })).default([]),
});
export type ScriptEntry = z.infer<typeof ScriptEntry>;

const Script = z.record(z.string().min(1), z.array(ScriptEntry));

export function readScript(text: string, model: string): ScriptEntry[] {
  const script = Script.parse(parse(text));
  const entries = Object.hasOwn(script, model) ? script[model] : undefined;
  if (!entries) throw new Error(`the script has no model ${JSON.stringify(model)}; it has ${Object.keys(script).join(', ') || 'none'}`);
  return entries;
}

export interface Line {
  say: z.core.util.JSONType;
  calls: { name: string; args: Record<string, z.core.util.JSONType> }[];
}

/** The first entry that fits; `turn` is the number of the answer that is asked for, from 1. */
export function lineFor(entries: readonly ScriptEntry[], conversation: string, turn: number): Line | undefined {
  for (const entry of entries) {
    if (entry.turn !== undefined && entry.turn !== turn) continue;
    const found = entry.when.map((pattern) => pattern.exec(conversation));
    if (found.some((match) => match === null)) continue;
    const quotes = new Map(found.flatMap((match) => Object.entries(match?.groups ?? {})));
    return { say: quoting(entry.say, quotes), calls: quoting(entry.calls, quotes) };
  }
  return undefined;
}

/** The value with each `$<name>` in its texts replaced by what the group of that name matched. */
function quoting<Value>(value: Value, quotes: ReadonlyMap<string, string>): Value {
  const text = JSON.stringify(value).replace(/\$<(\w+)>/g, (whole, name: string) => {
    const quote = quotes.get(name);
    return quote === undefined ? whole : JSON.stringify(quote).slice(1, -1);
  });
  return JSON.parse(text) as Value;
}
