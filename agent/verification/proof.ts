/** What good looks do not show: whether anything was bad that is good now, and whether another alert speaks against it. */
import { overLimits, unserved, watchedOf } from './look.ts';
import { find, known } from './reading.ts';
import type { RecoveryInput } from './recovery-input.ts';
import type { Sample, ServiceSample, VerificationSettings } from './sample.ts';
import { isCured } from './symptoms.ts';

/** Why looks that were good for the whole hold, the last one `last`, are not enough; empty when they are. */
export function lackingProof(last: Sample, input: RecoveryInput, settings: VerificationSettings): string[] {
  if (input.standing === null) return ['Whether other alerts have begun since is not known.'];
  const lacking = input.standing.map(
    ({ service, name, startedAt }) => `${name} fires for ${service} since ${startedAt}, which began after the change.`,
  );
  if (input.needsProof && !input.isAlertOver && !hasCome(last, input, settings)) {
    lacking.push(
      `Nothing that is measured was bad before and is good since, and the alert about ${input.service} still fires: what alarmed is not seen.`,
    );
  }
  return lacking;
}

/** Something was bad at the decision and is good in this look, in which nothing is bad any more. */
function hasCome(last: Sample, input: RecoveryInput, settings: VerificationSettings): boolean {
  const watched = watchedOf(input);
  const callers = input.neighbours.filter((service) => !input.callees.includes(service) && !watched.includes(service));
  return (
    watched.some((service) => {
      const was = find(input.before, service);
      return (was !== undefined && wasIll(was, settings)) || isCured(find(last.services, service), was);
    }) || callers.some((service) => isWellAgain(find(last.services, service), find(input.before, service), settings))
  );
}

function wasIll(was: ServiceSample, settings: VerificationSettings): boolean {
  // Tasks that a rollout was about to start anyway were not missing.
  const lacked = was.rollout !== 'under-way' && (was.running ?? 0) < (was.desired ?? 0);
  return lacked || overLimits(was, settings).length > 0 || unserved(was).length > 0;
}

/** Who calls the services feels their trouble, and that it is over. */
function isWellAgain(is: ServiceSample | undefined, was: ServiceSample | undefined, settings: VerificationSettings): boolean {
  if (!is || !was || overLimits(was, settings).length === 0) return false;
  return known(is.errorRatio) !== null && known(is.latencyP95) !== null && overLimits(is, settings).length === 0;
}
