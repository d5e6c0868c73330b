/** Port of the calls to models: one row each, written before it is made. All replicas share them, and no restart forgets one. */
import type { Role } from '../adviser.ts';
import type { PriceSource } from './prices.ts';

export interface NewCall {
  id: string;
  incidentId: string;
  role: Role;
  /** `<provider>:<model>` */
  model: string;
  /** ISO 8601 */
  at: string;
  inputTokens: number;
  outputTokens: number;
  costNano: number;
  price: PriceSource;
}

export const windows = ['incident', 'day', 'month'] as const;
export type Window = (typeof windows)[number];

export interface Ceiling {
  window: Window;
  /** Calls from then on count, ISO 8601; of the incident all do. */
  since: string | null;
  nano: number;
}

/** What each window holds, settled calls by their price and all others by their estimate. */
export type Counted = Readonly<Record<Window, number>>;

/** With `over`, nothing was kept: `counted` and the call together would pass that ceiling. Without it `counted` includes the call. */
export interface Kept {
  over: Ceiling | null;
  counted: Counted;
}

export interface SettledCall {
  inputTokens: number;
  outputTokens: number;
  costNano: number;
}

/** What the calls of one key came to. */
export interface CostLine {
  key: string;
  calls: number;
  /** Those of which nobody knows what they took: their estimates are in the sums. */
  estimated: number;
  /** Those of a model without a known price: they count as the dearest. */
  unpriced: number;
  inputTokens: number;
  outputTokens: number;
  costNano: number;
}

export const costKeys = ['incident', 'role', 'model', 'day'] as const;
export type CostKey = (typeof costKeys)[number];

export interface ModelCallStore {
  /** One step: of calls that come at the same moment, from whichever replica, only as many are kept as fit below every ceiling. What costs nothing always fits. */
  reserve(call: NewCall, ceilings: readonly Ceiling[]): Promise<Kept>;
  /** Once; `null` leaves the estimate. */
  settle(id: string, at: string, took: SettledCall | null): Promise<void>;
  /** Forgets a call that was never made. */
  cancel(id: string): Promise<void>;
}

export interface ModelCosts {
  /** Nano-dollars of all calls at or after `since`. */
  spent(since: string): Promise<number>;
  /** Calls at or after `since`, the dearest key first; days in their order. */
  by(key: CostKey, filter: { since?: string; limit: number }): Promise<CostLine[]>;
  /** By role and model, `analysis by openai:gpt-5-mini`. */
  ofIncident(incidentId: string): Promise<CostLine[]>;
}
