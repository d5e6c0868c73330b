/** What diagnosis reads: the alert's meaning and the facts, each with the id of the evidence it came from. */
import type { Resource } from '../domain/alert.ts';
import type { EvidenceStatus, Fact } from '../domain/evidence.ts';
import type { EvidenceId } from '../domain/ids.ts';

export type CitedFact = Fact & { evidenceId: EvidenceId };

export interface DiagnosisInput {
  alert: { name: string; resource: Resource };
  /** ISO 8601 */
  onset: string;
  now: string;
  /** Length of the window behind each `now` value. */
  recentSeconds: number;
  facts: readonly CitedFact[];
  /** How each source answered. When left out, what is missing is judged from the facts alone. */
  sources?: readonly { source: string; status: EvidenceStatus; detail: string }[];
}

/** Thresholds of the rules; durations in seconds, ratios 0..1. */
export interface DiagnosisSettings {
  /** A service is failing above this share of 5xx answers … */
  errorRatio: number;
  /** … and slow above this 95th percentile, seconds. */
  latencyP95Seconds: number;
  /** A deployment that started at most this long before the onset is a suspect. */
  deploymentLookbackSeconds: number;
  /** A task is an outlier when it is this many times worse than its siblings. */
  outlierFactor: number;
  /** Traffic counts as risen above this multiple of the baseline. */
  trafficRise: number;
  /** A task that burns more CPU than this is busy, cores, where its task definition reserves none. */
  cpuHighCores: number;
  /** A task that stops within this time of its start never came up. */
  startFailureSeconds: number;
  /** A deployment that moved nothing for this long is stuck. */
  stuckDeploymentSeconds: number;
  /** A service with fewer failed requests than this in the recent window is not failing: so few may be chance. */
  minFailures: number;
  /** A claim below this confidence is not a cause: the conclusion is `inconclusive`. */
  minConfidence: number;
  /** Sources that must have answered in full before a cause is named. */
  requiredSources: readonly string[];
  /** Alerts whose condition these signals measure: only for them can the signals say that nothing is wrong any more. */
  measuredAlerts: readonly string[];
}
