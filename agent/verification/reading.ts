/** How a sample is read: which service, which number, which limit, and what speaks against it. */
import type { ServiceSample, VerificationSettings } from './sample.ts';

/** Against one look: signals that are bad, other things that are bad, and what keeps anybody from knowing. */
export interface Findings {
  signals: string[];
  faults: string[];
  unknown: string[];
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
