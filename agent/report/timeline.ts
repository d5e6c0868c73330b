/** The audit trail of one incident as sentences, oldest first. */
import { z } from 'zod';
import type { AuditEntry } from '../audit/trail.ts';
import type { Incident } from '../domain/incident.ts';

export interface TimelineEntry {
  /** ISO 8601 */
  at: string;
  who: string;
  what: string;
}

/** What the sentences are made of; each is there or not, by event. */
const Detail = z
  .object({
    reason: z.string(),
    conclusion: z.string(),
    kind: z.string(),
    result: z.string(),
    reasons: z.array(z.string()),
    answer: z.string(),
    applied: z.string(),
    outcome: z.union([z.string(), z.object({ applied: z.string(), detail: z.string() })]),
    detail: z.string(),
    key: z.string(),
    notes: z.array(z.string()),
    vetoed: z.boolean(),
    answers: z.array(z.object({ source: z.string(), status: z.string() })),
    summary: z.string(),
    warning: z.string().nullable(),
    count: z.number(),
    plan: z.object({ summary: z.string() }),
  })
  .partial();

export function timelineOf(incident: Incident, entries: readonly AuditEntry[]): TimelineEntry[] {
  const began = { at: incident.startedAt, who: 'alert', what: `${incident.alertName} began to fire for ${incident.resource.service}` };
  const told = entries.map((entry): TimelineEntry => ({ at: entry.at, who: entry.actor, what: sentenceOf(entry) }));
  return [began, ...told].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function sentenceOf({ event, detail }: AuditEntry): string {
  const seen = readable(detail);
  const because = seen.reason ?? seen.detail ?? '';
  switch (event) {
    case 'evidence-collected':
      return `asked ${(seen.answers ?? []).map(({ source, status }) => `${source} (${status})`).join(', ') || 'nobody'}`;
    case 'diagnosis':
      return `diagnosis ${seen.conclusion ?? ''}: ${because}`;
    case 'audited':
      return `${seen.vetoed ? 'vetoed the claim' : 'checked the claim against what changed'}${list(seen.notes)}`;
    case 'verdict':
      return `decided to ${(seen.kind ?? 'do nothing').replaceAll('-', ' ')}: ${because}`;
    case 'approval-answered':
      return `the approval was ${seen.answer ?? 'answered'}`;
    case 'verification':
      return `verification: ${seen.result ?? ''}${list(seen.reasons)}`;
    case 'narrated':
      return `a model put it into words: ${seen.kind ?? ''}`;
    case 'incident-closed':
      return `closed as ${typeof seen.outcome === 'string' ? seen.outcome : ''}: ${because}`;
    case 'escalated':
      return `handed to a person: ${because}`;
    default: {
      const told = [seen.plan?.summary ?? seen.summary, seen.applied && `applied: ${seen.applied}`, because, seen.warning].filter(Boolean);
      return [event.replaceAll('-', ' '), told.join('; ') || seen.key].filter(Boolean).join(': ');
    }
  }
}

/** Field by field: one that is of another shape must not take the others with it. */
function readable(detail: Record<string, unknown>): z.infer<typeof Detail> {
  const fields = Object.entries(Detail.shape).map(([name, schema]) => [name, schema.safeParse(detail[name]).data]);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function list(words: readonly string[] | undefined): string {
  return words && words.length > 0 ? `: ${words.join(' ')}` : '';
}
