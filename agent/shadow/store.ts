/** Port of the shadows: plans that only the level of autonomy kept from being carried out, each with what happened without the agent. */
import type { Cause } from '../domain/cause.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { Plan } from '../domain/plan.ts';
import type { Fence } from '../incident/store.ts';
import type { ShadowResult } from '../policy/earned/experience.ts';
import type { Sample, ServiceSample } from '../verification/sample.ts';

export interface NewShadow {
  plan: Plan;
  cause: Cause;
  /** Why it was not carried out, as the gate said. */
  reason: string;
  /** The services as they were when the plan was made. */
  before: readonly ServiceSample[];
  neighbours: readonly string[];
}

export interface Shadow extends NewShadow {
  /** Order in which they were kept. */
  seq: number;
  incidentId: IncidentId;
  /** ISO 8601 */
  keptAt: string;
  /** The last looks at the services, oldest first. */
  looks: readonly Sample[];
  /** Null while it is followed. */
  result: ShadowResult | null;
  /** What happened, in words; empty while it is followed. */
  detail: string;
  settledAt: string | null;
}

export interface ShadowFilter {
  incidentId?: IncidentId;
  target?: string;
  action?: string;
  limit?: number;
}

export interface ShadowStore {
  /** Together with its audit entry, or not at all; the same plan of the same incident is kept once. */
  keep(shadow: NewShadow, fence: Fence): Promise<void>;
  /** Those whose next look is due, oldest first; their next look is `everyMs` from now, so that of two replicas one gets each. */
  claimDue(everyMs: number, limit: number): Promise<Shadow[]>;
  /** Writes down the looks at one that is followed further. */
  followOn(seq: number, looks: readonly Sample[]): Promise<void>;
  /** Once, together with its audit entry; settling again changes nothing. */
  settle(seq: number, result: ShadowResult, detail: string): Promise<void>;
  /** Newest first. */
  list(filter: ShadowFilter): Promise<Shadow[]>;
}
