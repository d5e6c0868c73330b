import { z } from 'zod';
import { ServiceSnapshot } from '../ecs/service.ts';
import { minHealthyShare } from '../ecs/tasks.ts';
import { callTimeoutMs, ServiceParams, TaskId } from '../params.ts';

export const Config = z.strictObject({
  callTimeoutMs,
  minHealthyShare,
  batchShare: z
    .number()
    .gt(0)
    .max(0.5)
    .default(0.25)
    .describe('Share of the desired count that is stopped at once, above 0 and at most 0.5, rounded up to whole tasks.'),
  maxTasks: z.int().min(1).max(100).default(20).describe('A change that would restart more tasks than this is refused.'),
  replacementTimeoutSeconds: z
    .int()
    .min(10)
    .max(3600)
    .default(300)
    .describe('Time the replacements of one batch may take to run healthy before the rest is left alone, seconds.'),
  settleSeconds: z
    .int()
    .min(0)
    .max(600)
    .default(15)
    .describe('How long the service must be at full strength before the next batch is stopped, seconds.'),
});
export type Config = z.infer<typeof Config>;

export const Params = ServiceParams.extend({
  taskIds: z
    .array(TaskId)
    .min(1)
    .max(100)
    .refine((ids) => new Set(ids).size === ids.length, 'must name each task once')
    .optional()
    .describe('The tasks to restart; left out, all that run when the plan is made.'),
});
export type Params = z.infer<typeof Params>;

export const Snapshot = ServiceSnapshot.extend({
  /** In the order in which they are stopped. */
  taskArns: z.array(z.string().min(1)).min(1),
  /** Tasks stopped at once. */
  batch: z.int().min(1),
  /** Whether the tasks have a container health check: then a replacement counts once it is HEALTHY, not while that is not known yet. */
  hasHealthCheck: z.boolean(),
});
export type Snapshot = z.infer<typeof Snapshot>;
