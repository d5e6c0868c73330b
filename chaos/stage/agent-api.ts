/** Reads the agent's API as any client would: by its contract. */
import type { z } from 'zod';
import {
  AlertList,
  type AlertView,
  AuditList,
  type AuditView,
  IncidentList,
  type IncidentView,
  ModelCost,
} from '../../agent/api/contract.ts';

export interface AgentApi {
  incidents(): Promise<IncidentView[]>;
  alerts(): Promise<AlertView[]>;
  /** Entries after `seq`, oldest first. */
  auditAfter(seq: number): Promise<AuditView[]>;
  /** What models have cost so far. */
  modelCostUsd(): Promise<number>;
  /** What `kintsugi replay` takes, as it comes. */
  bundle(incidentId: string): Promise<string>;
}

export function createAgentApi(url: string, token: string): AgentApi {
  async function getText(path: string): Promise<string> {
    const response = await fetch(`${url}/api${path}`, {
      headers: { authorization: `Bearer ${token}` },
      // A busy machine may stall for seconds; an agent that is silent for longer has failed.
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the agent answered ${response.status} to GET /api${path}: ${text}`);
    return text;
  }
  async function get<S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S>> {
    return schema.parse(JSON.parse(await getText(path)));
  }
  return {
    incidents: async () => (await get('/incidents?limit=1000', IncidentList)).incidents,
    alerts: async () => (await get('/alerts?limit=1000', AlertList)).alerts,
    auditAfter: async (seq) => (await get(`/audit?limit=1000&afterSeq=${seq}`, AuditList)).entries,
    modelCostUsd: async () => (await get('/models/cost', ModelCost)).by.role.reduce((sum, { costUsd }) => sum + costUsd, 0),
    bundle: (incidentId) => getText(`/incidents/${encodeURIComponent(incidentId)}/bundle`),
  };
}
