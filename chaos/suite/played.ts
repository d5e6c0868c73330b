/** What was seen of one experiment that was played once: facts of the world, from which the judge makes a record. Nothing is judged here. */
import type { AlertView, AuditView, IncidentView } from '../../agent/api/contract.ts';
import type { Caretaker, Change, ServiceLook } from '../stage/stage.ts';

/** One look at a cluster. */
export interface Look {
  /** Milliseconds since the epoch. */
  at: number;
  /** Every probe of the steady-state hypothesis is within its tolerance; null: one could not be read. */
  isSteady: boolean | null;
  /** What shoppers were answered since the look before, by their own count; slow: answered, but later than half a second. Null on a stage without shoppers. */
  users: { asked: number; failed: number; slow: number } | null;
  /** By service. */
  services: Record<string, ServiceLook>;
}

export interface PlayedCluster {
  caretaker: Caretaker;
  /** About once a second, from some seconds before the fault to the end of watching. */
  looks: Look[];
  /** What its caretaker changed since the fault began, oldest first; empty for `nobody`. */
  changes: Change[];
}

export interface Step {
  at: number;
  /** Name of the action, or what the suite did. */
  text: string;
}

export interface Played {
  /** Milliseconds since the epoch: when the stage stood, when the first action of the method was about to be done, and when watching ended. */
  startedAt: number;
  began: number;
  ended: number;
  /** Which abort probe held for how long; null when it was played to its end. */
  aborted: string | null;
  /** Why it could not be played or watched to its end; null when it was. The rest may then be empty. */
  broken: string | null;
  /** The method, as it was done. */
  steps: Step[];
  clusters: PlayedCluster[];
  /** What the agent says of it; empty without an agent. */
  incidents: IncidentView[];
  alerts: AlertView[];
  audit: AuditView[];
  modelCostUsd: number;
  /** File of the bundle beside the record; null when there is none. */
  bundle: string | null;
}
