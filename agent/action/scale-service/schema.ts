import { z } from 'zod';
import { ServiceSnapshot } from '../ecs/service.ts';
import { callTimeoutMs, ServiceParams } from '../params.ts';

/** The widest step any configuration may allow: a service grows by at most half in one change. */
const maxStepRatio = 0.5;

export const Config = z.strictObject({
  callTimeoutMs,
  stepRatio: z
    .number()
    .gt(0)
    .max(maxStepRatio)
    .default(maxStepRatio)
    .describe('Largest step up as a share of the desired count, above 0 and at most 0.5; one task is always allowed.'),
  maxCount: z.int().min(2).max(5000).default(20).describe('Desired count that no change may exceed, tasks.'),
  putBackAfterSeconds: z
    .int()
    .min(0)
    .max(604_800)
    .default(3600)
    .describe('The desired count is put back so long after it was raised, once the incident is over, seconds; 0 leaves it.'),
  schedule: z
    .enum(['application-auto-scaling', 'none'])
    .default('application-auto-scaling')
    .describe('Where bounds and night schedule of a service are read; `none` when Application Auto Scaling is used for no service.'),
  quietSeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(300)
    .describe('Nothing is scaled so long before and after a scheduled action, seconds: it must not undo what was planned.'),
});
export type Config = z.infer<typeof Config>;

export const Params = ServiceParams.extend({
  desiredCount: z.int('must be a whole number of tasks').min(2, 'must be at least 2').max(5000, 'must be at most 5000'),
});
export type Params = z.infer<typeof Params>;

export const Snapshot = ServiceSnapshot;

export const ScalableTargets = z.object({
  ScalableTargets: z.array(z.object({ ResourceId: z.string(), MinCapacity: z.int(), MaxCapacity: z.int() })).default([]),
});

const ScheduledAction = z.object({
  ScheduledActionName: z.string(),
  Schedule: z.string(),
  Timezone: z.string().default('UTC'),
  StartTime: z.date().optional(),
  EndTime: z.date().optional(),
});
export type ScheduledAction = z.infer<typeof ScheduledAction>;
export const ScheduledActions = z.object({ ScheduledActions: z.array(ScheduledAction).default([]), NextToken: z.string().optional() });
