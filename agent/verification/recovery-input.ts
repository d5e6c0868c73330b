/** Everything a judgement of recovery is made from: who was changed, how the services were before, and each look since. */
import type { Step } from '../domain/plan.ts';
import type { Alarm, Sample, ServiceSample } from './sample.ts';

export interface RecoveryInput {
  /** What was done; null when nothing was changed and we only watch. */
  step: Step | null;
  /** Desired tasks of the target that the change means to leave, where that is what it changes; null = as many as before. */
  desiredAfter: number | null;
  /** Share of the target's tasks that the change may take out of service while it is rolled out, 0..1. */
  shareOfCapacity: number;
  /** Whether somebody takes the credit when it is well again: then something must have been bad. */
  needsProof: boolean;
  /** The alert was told to be over after the change: a hint, which is believed only where nothing that is measured was bad. */
  isAlertOver: boolean;
  /** Alerts of all these services that were told after the change and stand now; null when they could not be read. */
  standing: readonly Alarm[] | null;
  /** The service that raised the alert. */
  service: string;
  /** The service that was changed; the same or a callee of it. */
  target: string;
  /** The services as they were at the decision. */
  before: readonly ServiceSample[];
  /** Callers and callees of both. */
  neighbours: readonly string[];
  /** The neighbours the target calls: their own trouble makes the target look bad, and is not the change's doing. */
  callees: readonly string[];
  samples: readonly Sample[];
  /** ISO 8601 */
  decidedAt: string;
  now: string;
}
