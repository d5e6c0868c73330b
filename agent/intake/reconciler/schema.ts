/** The part of Alertmanager's API v2 that is read; everything else in a reply is ignored. */
import { z } from 'zod';

/** By hand, not by `z.record`: that one silently leaves out `__proto__`, and the sorter is to see labels as they are. */
const Texts = z.custom<Record<string, string>>(
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((text) => typeof text === 'string'),
  { error: 'expected an object of names and texts' },
);

/** ISO 8601 with milliseconds in UTC, so that text order is time order. */
const Time = z.iso.datetime({ offset: true }).transform((text, context) => {
  const at = new Date(text);
  const iso = Number.isNaN(at.getTime()) ? '' : at.toISOString();
  if (iso.length === 24) return iso;
  context.addIssue({ code: 'custom', message: 'expected a time' });
  return z.NEVER;
});

const Names = z.array(z.string()).nullish();

/** One element of the list that `/alerts` answers. */
export const AlertReply = z.object({
  fingerprint: z.string().min(1).max(128),
  labels: Texts,
  annotations: Texts,
  startsAt: Time,
  updatedAt: Time,
  generatorURL: z.string().default(''),
  receivers: z.array(z.object({ name: z.string() })),
  // `mutedBy` exists from 0.28 on.
  status: z.object({ state: z.string(), silencedBy: Names, inhibitedBy: Names, mutedBy: Names }),
});

/** One element of the list that `/silences` answers. */
export const SilenceReply = z.object({
  status: z.object({ state: z.string() }),
  matchers: z.array(z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().default(true) })),
});
