/** Follows what the agent writes down, through its API. A process that is down for a moment, killed by the experiment itself, is no failure. */
import type { AlertView, AuditView, IncidentView } from '../../agent/api/contract.ts';
import type { StageAgent } from '../stage/stage.ts';

export interface AgentFacts {
  incidents: IncidentView[];
  alerts: AlertView[];
  audit: AuditView[];
  modelCostUsd: number;
}

export interface Follower {
  /** Null without an agent; as of the last look. */
  incidents(): readonly IncidentView[] | null;
  /** When something about it was last seen to change, milliseconds since the epoch. */
  lastWordAt(): number;
  look(): Promise<void>;
  /** Everything since the follower was made. */
  facts(): Promise<AgentFacts>;
}

/** An agent that does not answer for longer has failed. */
const silentForMs = 20_000;

/** On a stage whose agent was there before, what it knew already is left out. */
export async function createFollower(agent: StageAgent | undefined): Promise<Follower> {
  if (!agent) {
    const nothing: AgentFacts = { incidents: [], alerts: [], audit: [], modelCostUsd: 0 };
    return { incidents: () => null, lastWordAt: () => 0, look: async () => {}, facts: async () => nothing };
  }
  const { api } = agent;
  const known = new Set((await api.incidents()).map(({ id }) => id));
  const knownAlerts = new Set((await api.alerts()).map(({ id }) => id));
  const costBefore = await api.modelCostUsd();
  const firstSeq = (await api.auditAfter(0)).at(-1)?.seq ?? 0;
  const audit: AuditView[] = [];
  let incidents: IncidentView[] = [];
  let lastWordAt = Date.now();
  let answeredAt = Date.now();

  async function read(): Promise<void> {
    const entries = await api.auditAfter(audit.at(-1)?.seq ?? firstSeq);
    if (entries.length > 0) lastWordAt = Date.now();
    audit.push(...entries);
    incidents = (await api.incidents()).filter(({ id }) => !known.has(id));
  }

  async function look(): Promise<void> {
    try {
      await read();
      answeredAt = Date.now();
    } catch (error) {
      if (!agent?.isRunning()) answeredAt = Date.now();
      if (Date.now() - answeredAt > silentForMs) throw error;
    }
  }

  return {
    incidents: () => incidents,
    lastWordAt: () => lastWordAt,
    look,
    async facts() {
      await read();
      return {
        incidents: incidents.toSorted((one, other) => one.openedAt.localeCompare(other.openedAt)),
        alerts: (await api.alerts()).filter(({ id }) => !knownAlerts.has(id)),
        audit,
        modelCostUsd: Math.max(0, (await api.modelCostUsd()) - costBefore),
      };
    },
  };
}
