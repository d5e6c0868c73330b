/** What a service's own events say, by their meaning. ECS writes a standing problem once in six hours, so one is as good as many. */
import type { EventMeaning, ServiceState } from '../../domain/evidence.ts';
import type { Cited, View } from './view.ts';

export interface StandingEvent {
  message: string;
  secondsAgo: number;
  cited: Cited<ServiceState>;
}

/** The newest event of this meaning within the lookback, unless the service has been steady since. */
export function standingEvent(view: View, service: string, meaning: EventMeaning): StandingEvent | undefined {
  const state = view.states.get(service);
  if (!state) return undefined;
  const sinceMs = view.onsetMs - view.settings.deploymentLookbackSeconds * 1000;
  const newest = (wanted: EventMeaning) => {
    let found: { message: string; ms: number } | undefined;
    for (const event of state.events) {
      const ms = Date.parse(event.at);
      if (event.meaning === wanted && ms <= view.nowMs && (found === undefined || ms > found.ms)) found = { message: event.message, ms };
    }
    return found;
  };
  const event = newest(meaning);
  if (!event || event.ms < sinceMs || event.ms <= (newest('steady-state')?.ms ?? Number.NEGATIVE_INFINITY)) return undefined;
  return { message: event.message, secondsAgo: Math.round((view.nowMs - event.ms) / 1000), cited: state };
}
