/** What was played, as the judge reads it: times in seconds since the fault began (negative before it), and one list of looks for each cluster. */
import type { AlertView, AuditView, IncidentView } from '../../../agent/api/contract.ts';
import type { Caretaker } from '../../stage/stage.ts';
import type { Judgement } from '../format/schema.ts';
import type { Played } from '../played.ts';

export interface ServiceFacts {
  /** Share of failed answers in the last seconds, 0..1; null: it was asked nothing, or nobody could say. */
  errorRatio: number | null;
  /** Seconds. */
  latencyP95: number | null;
  running: number | null;
  desired: number | null;
  /** What ECS is to run, as `family:revision`. */
  taskDefinition: string | null;
}

export interface LookFacts {
  at: number;
  /** The steady-state hypothesis holds; null: nobody could say. */
  isSteady: boolean | null;
  /** What shoppers were answered since the look before, as they count it themselves. */
  users: { asked: number; failed: number; slow: number } | null;
  services: Readonly<Record<string, ServiceFacts>>;
}

export interface Call {
  at: number;
  /** As the journal of the other side spells it: `UpdateService`, `DELETE /experiments`, `PUT /pulls/7/merge`. */
  operation: string;
  /** Null where it is about none, or it is not known which. */
  service: string | null;
  input: Readonly<Record<string, unknown>>;
}

export interface ClusterFacts {
  caretaker: Caretaker;
  /** Oldest first. */
  looks: readonly LookFacts[];
  calls: readonly Call[];
}

export interface Facts {
  judgement: Judgement;
  /** Durations of AWS were divided by it. */
  pace: number;
  aborted: string | null;
  broken: string | null;
  clusters: readonly ClusterFacts[];
  incidents: readonly IncidentView[];
  /** When the first webhook reached the agent; null: never. */
  detectedAt: number | null;
  audit: readonly (AuditView & { seconds: number })[];
}

export function factsOf(judgement: Judgement, played: Played, pace: number): Facts {
  const since = (ms: number) => (ms - played.began) / 1000;
  const told = played.alerts.map((alert: AlertView) => since(Date.parse(alert.receivedAt))).filter((at) => at >= 0);
  return {
    judgement,
    pace,
    aborted: played.aborted,
    broken: played.broken,
    clusters: played.clusters.map(({ caretaker, looks, changes }) => ({
      caretaker,
      looks: looks
        .map(({ at, isSteady, users, services }) => ({
          at: since(at),
          isSteady,
          users,
          services: Object.fromEntries(
            Object.entries(services).map(([name, look]) => [name, { ...look, taskDefinition: revisionOf(look.taskDefinition) }]),
          ),
        }))
        .toSorted((one, other) => one.at - other.at),
      calls: changes
        .map(({ at, operation, service, input }) => ({ at: since(at), operation, service: service === 'unknown' ? null : service, input }))
        .toSorted((one, other) => one.at - other.at),
    })),
    incidents: played.incidents,
    detectedAt: told.length > 0 ? Math.min(...told) : null,
    audit: played.audit.map((entry) => ({ ...entry, seconds: since(Date.parse(entry.at)) })),
  };
}

/** `arn:…:task-definition/checkout:7` → `checkout:7`; null of what is no text. */
export function revisionOf(taskDefinition: unknown): string | null {
  return typeof taskDefinition === 'string' && taskDefinition !== '' ? (taskDefinition.split('/').at(-1) ?? null) : null;
}

export function clusterOf(facts: Pick<Facts, 'clusters'>, caretaker: Caretaker): ClusterFacts | null {
  return facts.clusters.find((cluster) => cluster.caretaker === caretaker) ?? null;
}
