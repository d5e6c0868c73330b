/** The ceilings as they stand at one moment. */
import type { Ceiling } from './call-store.ts';
import { nanoOf } from './money.ts';
import type { LlmBudgetSettings } from './settings.ts';

/** Midnight, UTC. */
export function dayOf(at: Date): string {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate())).toISOString();
}

/** Midnight of the first, UTC. */
export function monthOf(at: Date): string {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth())).toISOString();
}

export function ceilingsAt(now: Date, { incidentUsd, dayUsd, monthUsd }: LlmBudgetSettings): Ceiling[] {
  return [
    { window: 'incident', since: null, nano: nanoOf(incidentUsd) },
    { window: 'day', since: dayOf(now), nano: nanoOf(dayUsd) },
    { window: 'month', since: monthOf(now), nano: nanoOf(monthUsd) },
  ];
}
