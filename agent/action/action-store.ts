/** Port of the ledger's table: an intent is on disk before the effect, its outcome after it, each together with its audit entry or not at all. */
import type { ActionKey, IncidentId } from '../domain/ids.ts';
import type { ActionRecord, Plan, Step } from '../domain/plan.ts';
import type { Fence } from '../incident/store.ts';

export interface Intent {
  key: ActionKey;
  incidentId: IncidentId;
  step: Step;
  plan: Plan;
}

/** One change as cooldowns, budgets and breakers count it. */
export type CountedChange = Pick<ActionRecord, 'seq' | 'incidentId' | 'status' | 'intendedAt' | 'verified'> & {
  action: string;
  /** `ecs:<cluster>/<service>` */
  target: string;
  /** ISO 8601: the same alert, or any about the changed service, opened the next incident then; null when none has, or when nothing was wrong. */
  againAt: string | null;
};

/** Each write carries the fence of the run that makes it, and is refused with `LeaseLostError` once that run was overtaken. */
export interface ActionStore {
  /** Writes the intent, or returns the row that already carries this key (then `created` is false). Another plan under a known key is an InvariantError. */
  intend(intent: Intent, fence: Fence): Promise<{ created: boolean; record: ActionRecord }>;
  finish(key: ActionKey, status: 'done' | 'failed' | 'unknown', detail: string, fence: Fence): Promise<void>;
  get(key: ActionKey): Promise<ActionRecord | undefined>;
  ofIncident(incidentId: IncidentId): Promise<ActionRecord[]>;
  /**
   * Changes of all incidents intended at or after `since` (ISO 8601), and those under way however old they are, newest first, without undo
   * steps and what the world refused: what cooldowns, budgets and breakers count. As many as the budgets let through, not as many as there are incidents.
   */
  changesSince(since: string): Promise<CountedChange[]>;
  /** How a change turned out, as verification judged it; feeds the circuit breaker. */
  judge(key: ActionKey, verified: 'recovered' | 'not-recovered' | 'harmed' | 'unproven', fence: Fence): Promise<void>;
}
