/** Signs in one look that the change made things worse: lost capacity, a neighbour that was fine, or the target itself. */

import { ownTroubleOf } from './callee.ts';
import { isRollingOut } from './look.ts';
import { find, known, limitOf } from './reading.ts';
import type { RecoveryInput } from './recovery-input.ts';
import type { Sample, ServiceSample, VerificationSettings } from './sample.ts';

/** Clearly worse: at least this many times what it was, and above this many times the limit for a neighbour that was fine. */
const clearly = 2;
/** An error ratio has to grow by this much, absolutely, before a failing service is called worse. */
const errorStep = 0.1;

export interface Harm {
  reason: string;
  /**
   * The target was in trouble already, and what grows may be the fault itself while the change takes hold: believed only after a
   * whole hold. Other signs are believed after half of one.
   */
  mayBeTheFault: boolean;
}

/** The first sign, or null. Missing data is no sign of harm; it only prevents recovery. */
export function harmIn(sample: Sample, input: RecoveryInput, settings: VerificationSettings): Harm | null {
  const target = find(sample.services, input.target);
  const was = find(input.before, input.target);
  const capacity = target && was ? lostCapacity(target, was, input) : null;
  if (capacity) return { reason: capacity, mayBeTheFault: false };
  // With a callee in trouble of its own nothing that got slower or fails can be laid at the change's door.
  if (ownTroubleOf(sample, input, settings)) return null;
  for (const service of new Set([input.target, input.service, ...input.neighbours])) {
    const is = find(sample.services, service);
    const before = find(input.before, service);
    if (!is || !before) continue;
    const watched = isWatched(service, input);
    const reason = watched ? worseThanBefore(is, before, settings) : fineBeforeNotNow(is, before, settings);
    if (reason) return { reason, mayBeTheFault: watched };
  }
  return null;
}

function isWatched(service: string, input: RecoveryInput): boolean {
  return service === input.target || service === input.service;
}

/** A desired count that fell is none: no change makes it fall but by its plan, so that somebody else wished it so. */
function lostCapacity(is: ServiceSample, was: ServiceSample, input: RecoveryInput): string | null {
  const [running, runningBefore] = [known(is.running), known(was.running)];
  if (running === null || runningBefore === null || isRollingOut(is, input)) return null;
  // More than desired runs during a rollout; only what the service is meant to have counts.
  const had = Math.min(runningBefore, known(is.desired) ?? runningBefore, known(was.desired) ?? runningBefore);
  return running < had ? `${is.service} lost capacity: ${running} tasks run, ${runningBefore} ran before.` : null;
}

function worseThanBefore(is: ServiceSample, was: ServiceSample, settings: VerificationSettings): string | null {
  const errors = known(is.errorRatio);
  const errorsBefore = known(was.errorRatio);
  if (errors !== null && errorsBefore !== null && errors > settings.errorRatio && errors - errorsBefore >= errorStep) {
    if (errors >= 1.5 * errorsBefore) return `${is.service} is worse: error ratio ${errors.toFixed(3)}, before ${errorsBefore.toFixed(3)}.`;
  }
  const latency = known(is.latencyP95);
  const latencyBefore = known(was.latencyP95);
  if (latency !== null && latencyBefore !== null && latency > settings.latencyP95Seconds && latency >= clearly * latencyBefore) {
    return `${is.service} is worse: p95 ${latency.toFixed(3)} s, before ${latencyBefore.toFixed(3)} s.`;
  }
  const isWanted = known(is.desired) !== 0;
  if (isWanted && is.reporting === 0 && (was.reporting ?? 0) > 0)
    return `${is.service} is worse: no task reports, ${was.reporting} did before.`;
  return null;
}

function fineBeforeNotNow(is: ServiceSample, was: ServiceSample, settings: VerificationSettings): string | null {
  const pairs = (['errorRatio', 'latencyP95'] as const).map((signal) => ({
    signal,
    value: known(is[signal]),
    before: known(was[signal]),
    limit: limitOf(signal, settings),
  }));
  const wasFine = pairs.every(({ before, limit }) => before !== null && before <= limit);
  if (!wasFine) return null;
  for (const { signal, value, before, limit } of pairs) {
    if (value === null || value <= clearly * limit || value < clearly * (before ?? 0)) continue;
    return `${is.service}, a neighbour that was fine, is worse: ${signal} ${value.toFixed(3)}, before ${before?.toFixed(3)}.`;
  }
  return null;
}
