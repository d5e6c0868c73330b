/** One look at the services: good, bad or unknown, with the numbers that say so. */
import { ownTroubleOf } from './callee.ts';
import { type Findings, find, known, limitOf } from './reading.ts';
import type { RecoveryInput } from './recovery-input.ts';
import type { Sample, ServiceSample, VerificationSettings } from './sample.ts';
import { symptomsIn } from './symptoms.ts';

export interface Look {
  state: 'good' | 'bad' | 'unknown';
  reasons: string[];
}

/** A neighbour that was in trouble before may stay so, but not grow this many times worse. */
const noWorse = 1.5;

/** Below this a neighbour's rate, requests per second, says little; above it half the share asked of the target is enough. */
const steadyRate = 1;
const slack = 0.5;

export function lookAt(sample: Sample, input: RecoveryInput, settings: VerificationSettings): Look {
  const watched = watchedOf(input);
  const found: Findings = { signals: [], faults: [], unknown: [] };
  for (const service of watched) lookAtWatched(find(sample.services, service), service, input, settings, found);
  for (const service of input.neighbours) {
    if (!watched.includes(service)) lookAtNeighbour(find(sample.services, service), service, input, settings, found);
  }
  const callee = ownTroubleOf(sample, input, settings);
  const bad = callee ? found.faults : [...found.faults, ...found.signals];
  if (bad.length > 0) return { state: 'bad', reasons: bad };
  const { unknown } = found;
  if (callee) unknown.unshift(`${callee}, which ${input.target} calls, fell into trouble by itself: what the change did cannot be told.`);
  unknown.push(...alarmsIn(sample));
  if (unknown.length > 0) return { state: 'unknown', reasons: unknown };
  return { state: 'good', reasons: watched.map((service) => describe(find(sample.services, service))) };
}

/** The service that raised the alert, and the one that was changed. */
export function watchedOf({ service, target }: Pick<RecoveryInput, 'service' | 'target'>): string[] {
  return [...new Set([service, target])];
}

function lookAtWatched(
  seen: ServiceSample | undefined,
  service: string,
  input: RecoveryInput,
  settings: VerificationSettings,
  found: Findings,
): void {
  const was = find(input.before, service);
  const missing = missingIn(seen);
  if (!seen || missing.length > 0) found.unknown.push(`${service}: no data for ${missing.join(', ')}.`);
  // Who only watches claims nothing: a service whose tasks were just replaced by others has no rate yet to compare with.
  if (input.step === 'execute' && known(was?.requestRate) === null) {
    found.unknown.push(`${service}: nobody knows its traffic before the change.`);
  }
  if (seen && was?.targets && !seen.targets) found.unknown.push(`${service}: its load balancer does not answer any more.`);
  symptomsIn(seen, was, found);
  if (!seen) return;
  found.signals.push(...overLimits(seen, settings));
  found.faults.push(...unserved(seen));
  lookAtTraffic(seen, was, settings, found);
  lookAtCapacity(seen, was, input, found);
}

/** No requests at all are bad. Fewer are not known to be: who retried a failing service asks less of it once it is well. */
function lookAtTraffic(
  { service, requestRate, desired }: ServiceSample,
  was: ServiceSample | undefined,
  settings: VerificationSettings,
  found: Findings,
) {
  const [rate, before] = [known(requestRate), known(was?.requestRate)];
  if (rate === null || (rate > 0 && rate >= (before ?? 0) * settings.minTrafficShare)) return;
  const silent = rate <= 0 && (before ?? 0) > 0 && desired !== 0;
  const reason = `${service}: ${rate.toFixed(2)} requests/s, ${before?.toFixed(2) ?? 'unknown'} before: silence is not health.`;
  (silent ? found.faults : found.unknown).push(reason);
}

/** A desired count that fell without our plan is somebody's wish, and tasks that a rollout may take away are not lost: both prove nothing. */
function lookAtCapacity(seen: ServiceSample, was: ServiceSample | undefined, input: RecoveryInput, found: Findings) {
  const { service, desired, running } = seen;
  const kept = desiredToKeep(was, input);
  if (desired !== null && desired <= 0) found.unknown.push(`${service}: desired count is ${desired}.`);
  else if (desired !== null && kept !== null && desired < kept) {
    found.unknown.push(`${service}: desired count fell from ${was?.desired} to ${desired}, which the change did not mean to.`);
  }
  if (desired === null || running === null || running >= desired) return;
  const reason = `${service}: ${running} of ${desired} tasks run`;
  if (isRollingOut(seen, input)) found.unknown.push(`${reason}, and its deployment goes on.`);
  else found.faults.push(`${reason}.`);
}

/** The tasks that are missing are no more than those its deployment may take out of service, and it goes on. */
export function isRollingOut({ service, rollout, desired, running }: ServiceSample, { target, shareOfCapacity }: RecoveryInput): boolean {
  if (service !== target || rollout !== 'under-way' || desired === null || running === null) return false;
  return running >= desired * (1 - shareOfCapacity) - 1e-9;
}

function lookAtNeighbour(
  is: ServiceSample | undefined,
  service: string,
  input: RecoveryInput,
  settings: VerificationSettings,
  { signals, unknown }: Findings,
): void {
  const was = find(input.before, service);
  // A neighbour nobody has ever measured cannot be told about; one that fell silent can.
  for (const field of ['errorRatio', 'latencyP95', 'requestRate', 'reporting'] as const) {
    const gone = known(is?.[field]) === null && known(was?.[field]) !== null;
    if (gone) unknown.push(`${service}, a neighbour, has no data for ${field} any more.`);
  }
  if (is?.reporting === 0 && (known(was?.reporting) ?? 0) > 0) unknown.push(`${service}, a neighbour: none of its tasks report any more.`);
  const [rate, before] = [known(is?.requestRate), known(was?.requestRate)];
  const enough = before !== null && before >= steadyRate ? before * settings.minTrafficShare * slack : 0;
  if (rate !== null && before !== null && before > 0 && (rate <= 0 || rate < enough)) {
    unknown.push(`${service}, a neighbour, has lost its traffic: ${rate.toFixed(2)} requests/s, ${before.toFixed(2)} before.`);
  }
  for (const signal of ['errorRatio', 'latencyP95'] as const) {
    const [value, baseline, limit] = [known(is?.[signal]), known(was?.[signal]), limitOf(signal, settings)];
    if (value !== null && value > limit && (baseline === null || baseline <= limit || value > noWorse * baseline)) {
      signals.push(
        `${service}, a neighbour, is newly degraded: ${signal} ${value.toFixed(3)}, before ${baseline?.toFixed(3) ?? 'unknown'}.`,
      );
    }
  }
}

/**
 * An alarm that began after the change may be its doing or not: the signals say how the services do, and with such an alarm nobody calls
 * them well.
 */
function alarmsIn({ alarms }: Sample): string[] {
  if (alarms === null) return ['Whether other alerts have begun since is not known.'];
  return alarms.map(
    ({ service, name, startedAt }) => `${name} fires for ${service} since ${startedAt}: what the change did cannot be told.`,
  );
}

/** The fewest desired tasks of this service that keep its capacity. */
function desiredToKeep(was: ServiceSample | undefined, { target, desiredAfter }: RecoveryInput): number | null {
  const before = known(was?.desired);
  return before === null || was?.service !== target || desiredAfter === null ? before : Math.min(before, desiredAfter);
}

/** Signals of the service itself over their limits. */
export function overLimits(seen: ServiceSample, settings: VerificationSettings): string[] {
  return (['errorRatio', 'latencyP95'] as const).flatMap((signal) => {
    const [value, limit] = [known(seen[signal]), limitOf(signal, settings)];
    return value !== null && value > limit ? [`${seen.service}: ${signal} ${value.toFixed(3)}, at most ${limit} is good.`] : [];
  });
}

/** Tasks that run and do not report, or that their load balancer takes for ill. Where none is wanted none is missed. */
export function unserved({ service, running, desired, reporting, targets }: ServiceSample): string[] {
  if (desired !== null && desired <= 0) return [];
  const expected = Math.max(1, Math.min(running ?? 1, desired ?? 1));
  const faults: string[] = [];
  if (reporting !== null && reporting < expected) faults.push(`${service}: ${reporting} of ${expected} tasks report.`);
  if (targets && targets.healthy < expected) {
    faults.push(`${service}: its load balancer sees ${targets.healthy} of ${expected} tasks healthy.`);
  }
  return faults;
}

const needed = ['errorRatio', 'latencyP95', 'requestRate', 'reporting', 'desired', 'running'] as const;

function missingIn(seen: ServiceSample | undefined): string[] {
  return needed.filter((field) => known(seen?.[field]) === null);
}

function describe(seen: ServiceSample | undefined): string {
  if (!seen) return '';
  const { service, errorRatio, latencyP95, requestRate, running, desired, reporting } = seen;
  return (
    `${service}: error ratio ${errorRatio?.toFixed(3)}, p95 ${latencyP95?.toFixed(3)} s, ${requestRate?.toFixed(2)} requests/s, ` +
    `${running} of ${desired} tasks run, ${reporting} report.`
  );
}
