/** One look at the services: good, bad or unknown, with the numbers that say so. */
import type { RecoveryInput } from './recovery-input.ts';
import type { Sample, ServiceSample, VerificationSettings } from './sample.ts';

export interface Look {
  state: 'good' | 'bad' | 'unknown';
  reasons: string[];
}

/** A neighbour that was in trouble before may stay so, but not grow this many times worse. */
const noWorse = 1.5;

/** Below this a neighbour's rate, requests per second, says nothing; above it half the share asked of the target is enough. */
const steadyRate = 1;
const slack = 0.5;

export function lookAt(sample: Sample, input: RecoveryInput, settings: VerificationSettings): Look {
  const unknown: string[] = [];
  const bad: string[] = [];
  const watched = [...new Set([input.service, input.target])];
  for (const service of watched) {
    const seen = find(sample.services, service);
    const missing = missingIn(seen);
    if (!seen || missing.length > 0) unknown.push(`${service}: no data for ${missing.join(', ')}.`);
    // Who only watches claims nothing: a service whose tasks were just replaced by others has no rate yet to compare with.
    if (input.step === 'execute' && known(find(input.before, service)?.requestRate) === null)
      unknown.push(`${service}: nobody knows its traffic before the change.`);
    if (seen && find(input.before, service)?.targets && !seen.targets)
      unknown.push(`${service}: its load balancer does not answer any more.`);
    if (seen) bad.push(...faultsOf(seen, find(input.before, service), input, settings));
  }
  for (const service of input.neighbours) {
    if (watched.includes(service)) continue;
    const was = find(input.before, service);
    const is = find(sample.services, service);
    const [rate, rateBefore] = [known(is?.requestRate), known(was?.requestRate)];
    if (rate !== null && rateBefore !== null && rateBefore >= steadyRate && rate < rateBefore * settings.minTrafficShare * slack) {
      bad.push(`${service}, a neighbour, has lost its traffic: ${rate.toFixed(2)} requests/s, ${rateBefore.toFixed(2)} before.`);
    }
    for (const signal of ['errorRatio', 'latencyP95'] as const) {
      const value = known(is?.[signal]);
      const baseline = known(was?.[signal]);
      // A neighbour nobody has ever measured cannot be told about; one that fell silent can.
      if (value === null && baseline !== null) unknown.push(`${service}, a neighbour, has no data for ${signal} any more.`);
      const limit = limitOf(signal, settings);
      if (value !== null && value > limit && (baseline === null || baseline <= limit || value > noWorse * baseline)) {
        bad.push(`${service}, a neighbour, is newly degraded: ${signal} ${value.toFixed(3)}, before ${baseline?.toFixed(3) ?? 'unknown'}.`);
      }
    }
  }
  const ownTrouble = input.callees.find((service) => isNewlyDegraded(sample, service, input, settings));
  if (ownTrouble) {
    return {
      state: 'unknown',
      reasons: [`${ownTrouble}, which ${input.target} calls, fell into trouble by itself: what the change did cannot be told.`],
    };
  }
  if (bad.length > 0) return { state: 'bad', reasons: bad };
  unknown.push(...alarmsIn(sample));
  if (unknown.length > 0) return { state: 'unknown', reasons: unknown };
  return { state: 'good', reasons: watched.map((service) => describe(find(sample.services, service))) };
}

/** A service that was fine at the decision and is over a limit now. */
export function isNewlyDegraded(sample: Sample, service: string, input: RecoveryInput, settings: VerificationSettings): boolean {
  const [is, was] = [find(sample.services, service), find(input.before, service)];
  return (['errorRatio', 'latencyP95'] as const).some((signal) => {
    const [value, before, limit] = [known(is?.[signal]), known(was?.[signal]), limitOf(signal, settings)];
    return value !== null && before !== null && value > limit && before <= limit;
  });
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
export function desiredToKeep(was: ServiceSample | undefined, { target, desiredAfter }: RecoveryInput): number | null {
  const before = known(was?.desired);
  return before === null || was?.service !== target || desiredAfter === null ? before : Math.min(before, desiredAfter);
}

function faultsOf(seen: ServiceSample, was: ServiceSample | undefined, input: RecoveryInput, settings: VerificationSettings): string[] {
  const faults: string[] = [];
  const name = seen.service;
  for (const signal of ['errorRatio', 'latencyP95'] as const) {
    const value = known(seen[signal]);
    const limit = limitOf(signal, settings);
    if (value !== null && value > limit) faults.push(`${name}: ${signal} ${value.toFixed(3)}, at most ${limit} is good.`);
  }
  const expected = Math.max(1, Math.min(seen.running ?? 1, seen.desired ?? 1));
  if (seen.reporting !== null && seen.reporting < expected) faults.push(`${name}: ${seen.reporting} of ${expected} tasks report.`);
  if (seen.targets && seen.targets.healthy < expected) {
    faults.push(`${name}: its load balancer sees ${seen.targets.healthy} of ${expected} tasks healthy.`);
  }

  const rate = known(seen.requestRate);
  const rateBefore = known(was?.requestRate);
  const needed = (rateBefore ?? 0) * settings.minTrafficShare;
  if (rate !== null && (rate <= 0 || rate < needed)) {
    faults.push(`${name}: ${rate.toFixed(2)} requests/s, ${rateBefore?.toFixed(2) ?? 'unknown'} at the decision: silence is not health.`);
  }
  const { desired, running } = seen;
  const kept = desiredToKeep(was, input);
  if (desired !== null && desired <= 0) faults.push(`${name}: desired count is ${desired}.`);
  if (desired !== null && kept !== null && desired < kept) faults.push(`${name}: desired count fell from ${was?.desired} to ${desired}.`);
  if (desired !== null && running !== null && running < desired) faults.push(`${name}: ${running} of ${desired} tasks run.`);
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

export function limitOf(signal: 'errorRatio' | 'latencyP95', settings: VerificationSettings): number {
  return signal === 'errorRatio' ? settings.errorRatio : settings.latencyP95Seconds;
}

export function find(services: readonly ServiceSample[], service: string): ServiceSample | undefined {
  return services.find((one) => one.service === service);
}

/** A number, or null: what is no number is missing. */
export function known(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null;
}
