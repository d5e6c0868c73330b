/** Limits of the verification as configuration: defaults for production and the words the configuration page shows. */
import { z } from 'zod';
import type { VerificationSettings } from './sample.ts';

const ratio = z.number().min(0).max(1);

export const verificationSettingsSchema = z
  .strictObject({
    errorRatio: ratio
      .default(0.05)
      .describe('Highest share of 5xx answers (0..1) of a recovered service; keep it equal to the alert rule.'),
    latencyP95Seconds: z
      .number()
      .positive()
      .default(0.5)
      .describe('Highest 95th percentile of the latency of a recovered service, seconds; keep it equal to the alert rule.'),
    graceSeconds: z
      .number()
      .min(0)
      .default(90)
      .describe('Time new tasks get to come up before anything is judged against the change, seconds; health-check grace plus a minute.'),
    holdSeconds: z
      .number()
      .positive()
      .default(300)
      .describe(
        'Every look must be good for this long before the incident counts as fixed, seconds. An alert whose rule looks at a longer time (its `for:` and its shortest range together) is given that time.',
      ),
    maxHoldSeconds: z.number().positive().default(900).describe('No alert rule makes the hold longer than this, seconds.'),
    deadlineSeconds: z
      .number()
      .positive()
      .default(1200)
      .describe(
        'Without recovery by then the change counts as not recovered, or unproven when data was missing, seconds. Twice that where the agent hardly came to look.',
      ),
    minSamples: z.number().int().min(1).default(3).describe('Fewest good looks within the hold.'),
    minTrafficShare: ratio
      .default(0.5)
      .describe('Share of the request rate before the trouble that must arrive (0..1): less proves nothing, silence is not health.'),
  })
  .refine((settings) => settings.deadlineSeconds > settings.graceSeconds + settings.holdSeconds, {
    path: ['deadlineSeconds'],
    error: 'deadlineSeconds must be longer than graceSeconds + holdSeconds, or nothing can ever count as recovered',
  })
  .refine((settings) => settings.maxHoldSeconds >= settings.holdSeconds, {
    path: ['maxHoldSeconds'],
    error: 'maxHoldSeconds must not be shorter than holdSeconds',
  }) satisfies z.ZodType<VerificationSettings>;
