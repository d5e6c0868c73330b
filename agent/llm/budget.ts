/** Port of the money: every call is reserved before it is made and settled after it, in the store, so that no restart and no replica forgets it. */
import type { Role } from './adviser.ts';

export interface CallEstimate {
  incidentId: string;
  role: Role;
  /** `<provider>:<model>` */
  model: string;
  /** The most it can be billed for, as `budget/tokens.ts` counts: what is reserved has to hold. */
  inputTokens: number;
  /** The most the call may answer. */
  maxOutputTokens: number;
}

export interface Usage {
  inputTokens: number;
  outputTokens: number;
}

export type Reservation =
  /** `near`: little is left; whoever has a cheaper role or model to fall back on should. */
  { kind: 'reserved'; id: string; near: boolean } | { kind: 'refused'; reason: string };

export interface LlmBudget {
  /** Refused at a ceiling of the incident, the day or the month; also when the store cannot be asked. */
  reserve(estimate: CallEstimate): Promise<Reservation>;
  /** What it took; `null` when the provider did not say: then the estimate counts. Answers its price in US dollars. */
  settle(id: string, usage: Usage | null): Promise<number>;
  /** The reserved call was never made. */
  cancel(id: string): Promise<void>;
  /** What a million tokens in and a million out cost, US dollars: for whoever puts the cheaper of two models first. */
  dearness(model: string): number;
}
