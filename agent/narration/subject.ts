/** What entries of the audit trail ask to be put into words, and what words are about. Pure. */
import { z } from 'zod';
import type { AuditRow } from '../audit/trail.ts';
import { IncidentId } from '../domain/ids.ts';
import type { Want } from './store.ts';

const Ranked = z.object({
  conclusion: z.string().optional(),
  vetoed: z.boolean().default(false),
  ranked: z.array(z.object({ cause: z.string(), service: z.string(), taskId: z.string().optional() })).default([]),
});

/** The same for the same claim, however sure it is. */
export function subjectOf({ cause, service, taskId }: { cause: string; service: string; taskId?: string | undefined }): string {
  return [cause, 'in', service, ...(taskId === undefined ? [] : ['task', taskId])].join(' ');
}

/** Undefined for an entry after which nothing is to be said. */
export function wantOf({ seq, event, detail, incidentId }: AuditRow): Want | undefined {
  if (incidentId === null) return undefined;
  const want = { incidentId: IncidentId.parse(incidentId), entry: seq };
  switch (event) {
    case 'diagnosis':
    case 'audited': {
      const subject = subjectIn(detail);
      return subject === undefined ? undefined : { ...want, kind: 'explanation', subject };
    }
    case 'incident-closed':
    case 'escalated':
      return { ...want, kind: 'summary', subject: 'how it ended' };
    default:
      return undefined;
  }
}

function subjectIn(detail: Record<string, unknown>): string | undefined {
  const read = Ranked.safeParse(detail).data;
  const best = read?.ranked[0];
  if (best) return subjectOf(best);
  return read?.vetoed ? 'inconclusive' : read?.conclusion;
}
