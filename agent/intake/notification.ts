/**
 * A notification's body: Alertmanager's webhook, payload version 4, liberal in fields it may gain and strict in the types of those we
 * read. At the door it is only checked; its texts are cleaned when it is sorted, from the bytes on disk.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Ajv } from 'ajv';
import { z } from 'zod';
import type { Alert } from '../domain/alert.ts';
import { InputError } from '../domain/errors.ts';
import { cleanSet, cleanText, textLimits } from './clean-text.ts';
import { isTooDeep, tooComplex, tooDeep } from './complexity.ts';

const maxAlerts = 20_000;

/** RFC 3339 with four digits of year, without the first and the last year: a time zone could push them over the edge. */
const timePattern =
  /^(?!0000|9999)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const time = z.string().regex(timePattern, 'expected a time as RFC 3339, such as 2026-01-31T12:00:00Z');
const status = z.enum(['firing', 'resolved']);
const received = (what: string) => ({
  error: ({ input }: { input?: unknown }) => `expected ${what}, received ${kindOf(input)}`,
});
const texts = (kind: string) => z.record(z.string(), z.string(received('text')), received(`an object of ${kind} names and texts`));

const Wire = z.object({
  version: z.literal('4'),
  status,
  receiver: z.string(),
  groupKey: z.string(),
  externalURL: z.string(),
  truncatedAlerts: z.int().min(0).optional(),
  alerts: z
    .array(
      z.object({
        status,
        labels: texts('label'),
        annotations: texts('annotation'),
        startsAt: time,
        endsAt: time,
        generatorURL: z.string(),
        fingerprint: z.string().min(1).max(128),
      }),
    )
    .max(maxAlerts),
});

/** As it came: texts not yet cleaned, beside them whatever other fields it had. */
export type WireNotification = z.infer<typeof Wire>;

/** The schema compiled to one function: zod costs several times as much, and is asked only for the words when this says no. */
const isWellFormed = new Ajv({ strict: false }).compile<WireNotification>(
  z.toJSONSchema(Wire, {
    target: 'draft-7',
    // What may come, not what zod would make of it: fields we do not know are allowed.
    io: 'input',
    // In JSON every name is a text.
    override: ({ jsonSchema }) => void delete jsonSchema.propertyNames,
  }),
);

const knownFields = new Set(Object.keys(Wire.shape));
const knownAlertFields = new Set(Object.keys(Wire.shape.alerts.element.shape));

/** A megabyte is read in some 20 ms: a longer body is read in several turns of the event loop, between which others are served. */
const longBytes = 1_048_576;

/** `InputError` WEBHOOK_MALFORMED or WEBHOOK_INVALID with the field that is wrong. */
export function parseNotification(body: Buffer): WireNotification {
  refuseComplex(body);
  return check(readJson(body));
}

export const isLong = (body: Buffer): boolean => body.length > longBytes;

/** The same, for a body that `isLong`. */
export async function parseInTurns(body: Buffer): Promise<WireNotification> {
  await nextTurn();
  refuseComplex(body);
  await nextTurn();
  const json = readJson(body);
  await nextTurn();
  const wire = check(json);
  await nextTurn();
  return wire;
}

function refuseComplex(body: Buffer): void {
  const complexity = tooComplex(body);
  if (complexity) throw invalid(`the body is ${complexity}`);
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new InputError('WEBHOOK_MALFORMED', `the body of ${body.length} bytes is not JSON`, {
      cause: error,
      hint: 'send the JSON that Alertmanager sends by itself; look for a proxy that cuts or rewrites bodies',
    });
  }
}

function check(json: unknown): WireNotification {
  if (!isWellFormed(json)) throw invalid(faultsOf(json, isWellFormed.errors?.[0]?.instancePath ?? ''));
  if (hasDeepField(json, knownFields, 1) || json.alerts.some((alert) => hasDeepField(alert, knownAlertFields, 3))) {
    throw invalid(`the body is ${tooDeep}`);
  }
  return json;
}

function hasDeepField(value: object, known: ReadonlySet<string>, level: number): boolean {
  for (const name in value) if (!known.has(name) && isTooDeep(value[name as keyof typeof value], level)) return true;
  return false;
}

export interface CleanAlert {
  alert: Alert;
  /** What was changed or left out, in words. */
  notes: string[];
}

/** Alerts `from` up to and without `to`, made safe to store and show. */
export function cleanAlerts(notification: WireNotification, from: number, to: number): CleanAlert[] {
  const groupKey = cleanText(notification.groupKey, { maxLength: textLimits.label });
  const missing = notification.truncatedAlerts ?? 0;
  const general = missing > 0 ? [`Alertmanager left ${missing} more alerts of this group out (max_alerts)`] : [];
  return notification.alerts.slice(from, to).map((wire) => {
    const labels = cleanSet('label', Object.entries(wire.labels));
    const annotations = cleanSet('annotation', Object.entries(wire.annotations));
    return {
      alert: {
        fingerprint: cleanText(wire.fingerprint, { maxLength: 128 }),
        status: wire.status,
        name: labels.values.alertname ?? '',
        labels: labels.values,
        annotations: annotations.values,
        startsAt: isoTime(wire.startsAt),
        // Alertmanager writes the year 1 while the alert fires.
        endsAt: wire.endsAt.startsWith('0001-') ? null : isoTime(wire.endsAt),
        groupKey,
      },
      notes: [...general, ...labels.notes, ...annotations.notes],
    };
  });
}

/** What a look of ours says of its alerts; in a webhook the field means nothing. */
export function lookNote(notification: WireNotification): string[] {
  const note = 'lookNote' in notification ? notification.lookNote : undefined;
  return typeof note === 'string' ? [cleanText(note, { maxLength: textLimits.label })] : [];
}

/** With milliseconds in UTC, so that text order is time order. */
function isoTime(text: string): string {
  return new Date(text).toISOString();
}

/**
 * The first faults, each with the field and what it should hold. Of the alerts only the one at `place` (a JSON pointer) is looked at
 * again: a body may hold millions that are wrong.
 */
function faultsOf(json: unknown, place: string): string {
  const alerts = typeof json === 'object' && json !== null && 'alerts' in json && Array.isArray(json.alerts) ? json.alerts : [];
  const index = Number(/^\/alerts\/(\d+)/.exec(place)?.[1] ?? 0);
  if (alerts.length > maxAlerts) return `alerts: more than ${maxAlerts}`;
  const shortened = alerts.length > 0 && typeof json === 'object' ? { ...json, alerts: [alerts[index]] } : json;
  const issues = Wire.safeParse(shortened).error?.issues ?? [];
  const shown = issues.slice(0, 3).map(({ path, message }) => {
    const [top, , ...rest] = path;
    const field = top === 'alerts' && path.length > 1 ? [top, index, ...rest] : path;
    return `${field.map((part) => cleanText(String(part), { maxLength: textLimits.name })).join('.') || 'body'}: ${message}`;
  });
  // zod does not look at a label named __proto__.
  if (shown.length === 0) return `${cleanText(place.slice(1).replaceAll('/', '.'), { maxLength: 500 })}: not what it should be`;
  return issues.length > 3 ? `${shown.join('; ')}; and ${issues.length - 3} more` : shown.join('; ');
}

function invalid(message: string): InputError {
  return new InputError('WEBHOOK_INVALID', message, {
    hint: 'send the notification as Alertmanager makes it (payload version 4), without a payload template of your own',
  });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}
