/** How much a look hurts, as one number: the share of answers that were no use, 0 (all is well) to 1 (nobody is served). */
import type { LookFacts, ServiceFacts } from './facts.ts';

/** An answer later than this is a slow one, seconds: what the alert rules and the shoppers call slow. */
const slowSeconds = 0.5;
/** At 16 times that, being slow is as bad as being gone. */
const doublingsToNothing = 4;

/** Of the people who use the shop, by their own count. Null: none of them had an answer due. */
export function usersPain({ users }: LookFacts): { pain: number; weight: number } | null {
  if (users === null || users.asked <= 0) return null;
  return { pain: Math.min(1, (users.failed + users.slow) / users.asked), weight: users.asked };
}

/** Of whoever asks one service, by its metrics. Null: nobody asked, or nobody could say. */
export function servicePain(service: ServiceFacts | undefined): number | null {
  if (!service || (service.errorRatio === null && service.latencyP95 === null)) return null;
  const failed = Math.min(1, Math.max(0, service.errorRatio ?? 0));
  const slow = Math.min(1, Math.max(0, Math.log2((service.latencyP95 ?? 0) / slowSeconds) / doublingsToNothing));
  return failed + (1 - failed) * slow;
}
