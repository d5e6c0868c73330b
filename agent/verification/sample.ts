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
  /** What its load balancers say; missing or null when nobody asks them, or they did not answer. */
  targets?: TargetCount | null;
  /** Of its primary deployment; missing when nobody knows. */
  rollout?: Rollout;
  /** Parts of it that were ill at the decision: in a look, what has become of them. */
  symptoms?: readonly Symptom[];
}

/** `failing`: ECS gave up on it, or tasks of it could not start. */
export type Rollout = 'none' | 'under-way' | 'failing';

/** A signal of one route, or of whichever task does worst: a part may fail wholly and hardly show in its service. */
export interface Symptom {
  /** `route POST /quote`, or `tasks`. */
  part: string;
  signal: 'errorRatio' | 'latencyP95' | 'inFlight';
  /** null = no data. */
  value: number | null;
  /** Well as long as it is no more. */
  wellUpTo: number;
  /** The part was not there before the trouble: it may be gone with it. */
  isNew?: true;
}

export interface TargetCount {
  groups: number;
  /** Healthy targets of the target group that has the fewest. */
  healthy: number;
}

/** An alert that began after the change and has not resolved. */
export interface Alarm {
  service: string;
  name: string;
  /** ISO 8601: the alert's own start. */
  startedAt: string;
}

export interface Sample {
  /** ISO 8601 */
  at: string;
  services: readonly ServiceSample[];
  /** Of the neighbours, about what can only have begun after the change; null when they could not be read. */
  alarms: readonly Alarm[] | null;
}

/** `pending`: keep looking. */
export type Recovery = 'recovered' | 'not-recovered' | 'harmed' | 'unproven' | 'pending';

export interface RecoveryJudgement {
  result: Recovery;
  /** Full sentences with the numbers that decided. */
  reasons: string[];
  /** ISO 8601: when it was found; not said by older runs. */
  at?: string;
}

/** Durations in seconds, ratios 0..1. */
export interface VerificationSettings {
  errorRatio: number;
  latencyP95Seconds: number;
  /** Time the tasks get to come up before anything is judged against the change. */
  graceSeconds: number;
  /** Every sample must be good for this long; longer where the alert's own rule looks at more. */
  holdSeconds: number;
  /** No rule makes it longer than this. */
  maxHoldSeconds: number;
  /** No recovery by then: not recovered, or unproven when data was missing. */
  deadlineSeconds: number;
  /** Fewest good samples within the hold. */
  minSamples: number;
  /** The request rate must keep at least this share of what it was before the trouble: silence is not health. */
  minTrafficShare: number;
}
