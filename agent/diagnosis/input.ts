/** What diagnosis reads: the alert's meaning and the facts, each with the id of the evidence it came from. */
import type { Resource } from '../domain/alert.ts';
import type { Fact } from '../domain/evidence.ts';
import type { EvidenceId } from '../domain/ids.ts';

export type CitedFact = Fact & { evidenceId: EvidenceId };

export interface DiagnosisInput {
  alert: { name: string; resource: Resource };
  /** ISO 8601 */
  onset: string;
  now: string;
  facts: readonly CitedFact[];
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
}
