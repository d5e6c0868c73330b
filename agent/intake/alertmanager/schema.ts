/** Alertmanager's webhook body, payload version 4: liberal in fields it may gain, strict in the types of those we read. */
import { z } from 'zod';
import { type CleanedSet, cleanSet, cleanText, textLimits } from '../clean-text.ts';

const bodyLimits = { alerts: 20_000, depth: 16, keys: 300_000 } as const;

const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** ISO 8601 with milliseconds in UTC, so that text order is time order. */
const time = z.string().transform((text, context) => {
  const at = timePattern.test(text) ? new Date(text) : new Date(Number.NaN);
  const iso = Number.isNaN(at.getTime()) ? '' : at.toISOString();
  // Years outside 0..9999 are spelt longer and would sort wrongly.
  if (iso.length === 24) return iso;
  context.addIssue({ code: 'custom', message: 'expected a time as RFC 3339, such as 2026-01-31T12:00:00Z' });
  return z.NEVER;
});

/** By hand, not by `z.record`: that one leaves out `__proto__` silently and answers with a plain object. */
function cleanedSet(kind: 'label' | 'annotation') {
  return z.unknown().transform((value, context): CleanedSet => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      context.addIssue({ code: 'custom', message: `expected an object of ${kind} names and texts, received ${kindOf(value)}` });
      return z.NEVER;
    }
    const entries: [string, string][] = [];
    for (const [name, text] of Object.entries(value)) {
      if (typeof text !== 'string') {
        const path = [cleanText(name, { maxLength: textLimits.name })];
        context.addIssue({ code: 'custom', message: `expected text, received ${kindOf(text)}`, path });
        return z.NEVER;
      }
      entries.push([name, text]);
    }
    return cleanSet(kind, entries);
  });
}

const shortText = z.string().transform((text) => cleanText(text, { maxLength: textLimits.label }));

export const Notification = z.object({
  version: z.literal('4'),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string(),
  groupKey: shortText,
  externalURL: z.string(),
  truncatedAlerts: z.int().min(0).default(0),
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: cleanedSet('label'),
        annotations: cleanedSet('annotation'),
        startsAt: time,
        // Alertmanager writes the year 1 while the alert fires.
        endsAt: time.transform((at) => (at.startsWith('0001-') ? null : at)),
        generatorURL: z.string(),
        fingerprint: z
          .string()
          .min(1)
          .max(128)
          .transform((text) => cleanText(text, { maxLength: 128 })),
      }),
    )
    .max(bodyLimits.alerts),
});
export type Notification = z.infer<typeof Notification>;

/** The first faults of a body, each with the field and what it should hold. */
export function faultsOf(error: z.ZodError): string {
  const shown = error.issues.slice(0, 3).map((issue) => `${issue.path.map(String).join('.') || 'body'}: ${issue.message}`);
  const rest = error.issues.length - shown.length;
  return rest > 0 ? `${shown.join('; ')}; and ${rest} more` : shown.join('; ');
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}

/**
 * Why a body must not be parsed, or undefined. Nesting passes `JSON.parse` but breaks whatever writes it out again, and hundreds of
 * thousands of keys hold the event loop for seconds; both can be counted in the bytes.
 */
export function tooComplex(body: Uint8Array): string | undefined {
  let depth = 0;
  let keys = 0;
  let inText = false;
  for (let index = 0; index < body.length; index += 1) {
    const byte = body[index];
    if (inText) {
      if (byte === backslash) index += 1;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === colon) {
      keys += 1;
      if (keys > bodyLimits.keys) return `more than ${bodyLimits.keys} keys`;
    } else if (byte === openBrace || byte === openBracket) {
      depth += 1;
      if (depth > bodyLimits.depth) return `nested deeper than ${bodyLimits.depth} levels`;
    } else if (byte === closeBrace || byte === closeBracket) depth -= 1;
  }
  return undefined;
}

const [quote, backslash, colon, openBrace, closeBrace, openBracket, closeBracket] = Buffer.from('"\\:{}[]');
