/** Port of the check whether the agent has the permissions a change needs, asked before a person is: a yes to what must fail helps nobody. */
import type { Right } from './action.ts';

export type RightsAnswer =
  | { kind: 'granted' }
  /** Full sentences that name each missing permission. */
  | { kind: 'missing'; reason: string }
  /** Could not be found out; a change may still work. */
  | { kind: 'unknown'; reason: string };

/** Answers within its own deadline and never rejects, but for a signal that has ended. `action`: whose change it is. */
export type RightsCheck = (rights: readonly Right[], signal: AbortSignal, action?: string) => Promise<RightsAnswer>;
