/** Thresholds of the rules as configuration: defaults for production and the words the configuration page shows. */
import { z } from 'zod';
import type { DiagnosisSettings } from './input.ts';

const ratio = z.number().min(0).max(1);

export const diagnosisSettingsSchema = z.strictObject({
  errorRatio: ratio
    .default(0.05)
    .describe('Share of 5xx answers (0..1) above which a service is failing; keep it equal to the alert rule.'),
  latencyP95Seconds: z
    .number()
    .positive()
    .default(0.5)
    .describe('95th percentile of the latency, seconds, above which a service is slow; keep it equal to the alert rule.'),
  deploymentLookbackSeconds: z
    .number()
    .positive()
    .default(3600)
    .describe('A new revision is a suspect when its deployment began at most this long before the onset, seconds.'),
  outlierFactor: z
    .number()
    .gt(1)
    .default(3)
    .describe('A task is an outlier when it is this many times worse than the median of its siblings.'),
  trafficRise: z.number().gt(1).default(1.5).describe('Traffic has risen when the request rate is above this multiple of the baseline.'),
  cpuHighCores: z
    .number()
    .positive()
    .default(0.85)
    .describe('A task that uses more CPU than this is busy, in cores, where its task definition reserves none; else 85 % of that counts.'),
  startFailureSeconds: z
    .number()
    .positive()
    .default(60)
    .describe('A task that stops within this time of its start counts as one that never came up, seconds.'),
  stuckDeploymentSeconds: z
    .number()
    .positive()
    .default(1800)
    .describe(
      'A deployment in progress of which no task started or stopped for this long is stuck, seconds; ECS itself may wait 27 minutes between two tries.',
    ),
  minFailures: z
    .number()
    .min(1)
    .default(5)
    .describe('A service with fewer failed requests than this in the recent window is not failing: so few may be chance.'),
  minConfidence: ratio.default(0.3).describe('A claim below this confidence (0..1) is not reported as a cause.'),
  requiredSources: z
    .array(z.string().min(1))
    .default(['prometheus', 'ecs'])
    .describe('Evidence sources that must have answered in full before a cause is named.'),
  measuredAlerts: z
    .array(z.string().min(1))
    .default(['HighErrorRatio', 'HighLatency', 'RequestsPilingUp', 'ServiceDown', 'TasksMissing', 'TargetDown'])
    .describe(
      'Alerts that error ratio, latency, waiting requests and capacity can refute; for any other alert, good signals do not mean "no fault".',
    ),
}) satisfies z.ZodType<DiagnosisSettings>;
