/** A lease that holds for ever, and an effect that may be made: for tests of what is done under them. */
import type { Effect } from '../action/action.ts';
import { ActionKey, type IncidentId } from '../domain/ids.ts';
import type { Hold } from '../incident/lease.ts';

/** Token 0 is that of an incident nobody has claimed yet. */
export function holdOn(incidentId: IncidentId, fencingToken = 0): Hold {
  return { incidentId, fencingToken, leftMs: () => 60_000, renew: async () => undefined };
}

export function permitted(over: Partial<Effect> = {}): Effect {
  return {
    signal: new AbortController().signal,
    key: ActionKey.parse('incident-1/1/execute'),
    permit: async () => ({ isValid: () => true }),
    ...over,
  };
}
