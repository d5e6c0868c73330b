/** Port of the ledger's table: an intent is on disk before the effect, its outcome after it, each together with its audit entry or not at all. */
import type { ActionKey, IncidentId } from '../domain/ids.ts';
import type { ActionRecord, Plan, Step } from '../domain/plan.ts';

export interface Intent {
  key: ActionKey;
  incidentId: IncidentId;
  step: Step;
  plan: Plan;
}

export interface ActionStore {
  /** Writes the intent, or returns the row that already carries this key (then `created` is false). Another plan under a known key is an InvariantError. */
  intend(intent: Intent): Promise<{ created: boolean; record: ActionRecord }>;
  finish(key: ActionKey, status: 'done' | 'failed' | 'unknown', detail: string): Promise<void>;
  get(key: ActionKey): Promise<ActionRecord | undefined>;
  ofIncident(incidentId: IncidentId): Promise<ActionRecord[]>;
  /** Rows of all incidents intended at or after `since` (ISO 8601), newest first: what cooldowns, budgets and breakers count. */
  since(since: string): Promise<ActionRecord[]>;
  /** How a change turned out, as verification judged it; feeds the circuit breaker. */
  judge(key: ActionKey, verified: 'recovered' | 'not-recovered' | 'harmed' | 'unproven'): Promise<void>;
}
