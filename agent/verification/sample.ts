/** One look at the world after a change, and the answers a series of looks can give. */

export interface ServiceSample {
  service: string;
  /** null = no data, which is never good. */
  errorRatio: number | null;
  latencyP95: number | null;
  requestRate: number | null;
  /** Targets that report; null when the monitoring did not answer. */
  reporting: number | null;
  desired: number | null;
  running: number | null;
}

export interface Sample {
  /** ISO 8601 */
  at: string;
  services: readonly ServiceSample[];
}

/** `pending`: keep looking. */
export type Recovery = 'recovered' | 'not-recovered' | 'harmed' | 'unproven' | 'pending';

export interface RecoveryJudgement {
  result: Recovery;
  /** Full sentences with the numbers that decided. */
  reasons: string[];
}

/** Durations in seconds, ratios 0..1. */
export interface VerificationSettings {
  errorRatio: number;
  latencyP95Seconds: number;
  /** Time the tasks get to come up before anything is judged against the change. */
  graceSeconds: number;
  /** Every sample must be good for this long. */
  holdSeconds: number;
  /** No recovery by then: not recovered, or unproven when data was missing. */
  deadlineSeconds: number;
  /** Fewest good samples within the hold. */
  minSamples: number;
  /** The request rate must keep at least this share of what it was at the decision: silence is not health. */
  minTrafficShare: number;
}
