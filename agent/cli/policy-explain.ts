/** Why the agent did what it did about an incident, or did nothing: the verdicts of its audit trail, gate by gate. */
import { z } from 'zod';
import { type AuditView, IncidentDetail } from '../api/contract.ts';
import type { ApiClient } from './api-client.ts';
import { plain } from './plain.ts';

const Gate = z.object({ gate: z.string(), decision: z.enum(['pass', 'ask', 'deny']), reason: z.string() });

/** What the decision writes into the audit trail, as far as it is shown here. */
const Decided = z.object({
  round: z.number().nullable().default(null),
  kind: z.string(),
  reason: z.string(),
  plan: z.object({ action: z.string(), summary: z.string() }).nullable().default(null),
  verdict: z
    .object({ gates: z.array(Gate) })
    .nullable()
    .default(null),
  considered: z
    .array(z.object({ action: z.string(), cause: z.string(), service: z.string(), became: z.string(), reason: z.string() }))
    .default([]),
});

export type ShownVerdict = z.infer<typeof Decided> & { at: string };

export async function verdictsOf(api: ApiClient, incidentId: string): Promise<ShownVerdict[]> {
  const { timeline } = await api.get(`/incidents/${encodeURIComponent(incidentId)}`, IncidentDetail);
  return timeline.filter(({ event }) => event === 'verdict').map(shownVerdict);
}

function shownVerdict({ at, detail }: AuditView): ShownVerdict {
  return { ...Decided.parse(detail), at };
}

export function verdictLines({ at, round, kind, reason, plan, verdict, considered }: ShownVerdict): string {
  const gates = verdict?.gates ?? [];
  const width = Math.max(0, ...gates.map(({ gate }) => gate.length));
  return [
    `${plain(at)}${round === null ? '' : `  round ${round}`}  ${plain(kind)}`,
    `  ${plain(reason)}`,
    ...(plan ? [`  plan: ${plain(plan.action)}: ${plain(plan.summary)}`] : []),
    ...considered.map((one) => `  considered: ${plain(`${one.action} for ${one.cause} in ${one.service}: ${one.became}: ${one.reason}`)}`),
    ...gates.map(({ gate, decision, reason: why }) => `  ${decision.padEnd(4)}  ${plain(gate).padEnd(width)}  ${plain(why)}`),
    ...(verdict ? [] : ['  no gate was asked: there was no plan to judge']),
  ].join('\n');
}
