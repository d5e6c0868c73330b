/** What the report reads out of the audit trail. Older rows may lack fields: what does not fit is left out, the rest of the report is not. */
import { z } from 'zod';
import type { AuditEntry, AuditEvent } from '../audit/trail.ts';

const Gate = z.object({ gate: z.string(), decision: z.enum(['pass', 'ask', 'deny']), reason: z.string() });

export const Claim = z.object({
  cause: z.string(),
  service: z.string(),
  taskId: z.string().optional(),
  change: z.string().optional(),
  confidence: z.number(),
  evidence: z.array(z.string()).default([]),
  because: z.array(z.string()).default([]),
  refutedBy: z.string().default(''),
});
export type Claim = z.infer<typeof Claim>;

export const Found = z.object({
  round: z.number(),
  path: z.array(z.string()).default([]),
  where: z.string().default(''),
  conclusion: z.string(),
  reason: z.string(),
  ranked: z.array(Claim).default([]),
});

export const Audited = z.object({
  vetoed: z.boolean().default(false),
  notes: z.array(z.string()).default([]),
  ranked: z.array(Claim.pick({ cause: true, service: true, taskId: true, confidence: true })).default([]),
});

export const Collected = z.object({
  answers: z.array(z.object({ id: z.string(), source: z.string(), status: z.string(), detail: z.string(), facts: z.number() })),
});

export const Judged = z.object({
  round: z.number(),
  kind: z.string(),
  reason: z.string(),
  verdict: z.object({ decision: z.string(), gates: z.array(Gate) }).nullable(),
  considered: z
    .array(z.object({ action: z.string(), cause: z.string(), service: z.string(), became: z.string(), reason: z.string() }))
    .default([]),
});
export type Judged = z.infer<typeof Judged>;

export const Verified = z.object({
  result: z.string(),
  reasons: z.array(z.string()),
  change: z.object({ key: z.string(), step: z.string(), action: z.string() }).nullable(),
});

export interface Dated<T> {
  at: string;
  detail: T;
}

/** The entries of one event, oldest first, as far as they can be read. */
export function entriesOf<T>(entries: readonly AuditEntry[], event: AuditEvent, schema: z.ZodType<T>): Dated<T>[] {
  return entries.flatMap((entry) => {
    const parsed = entry.event === event ? schema.safeParse(entry.detail) : null;
    return parsed?.success ? [{ at: entry.at, detail: parsed.data }] : [];
  });
}
