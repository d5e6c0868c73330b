import { z } from 'zod';
import { ServiceSnapshot } from '../ecs-service.ts';
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
});
export type Config = z.infer<typeof Config>;

export const Params = ServiceParams.extend({
  desiredCount: z.int('must be a whole number of tasks').min(2, 'must be at least 2').max(5000, 'must be at most 5000'),
});
export type Params = z.infer<typeof Params>;

export const Snapshot = ServiceSnapshot;
