import { z } from 'zod';
import { ServiceSnapshot } from '../ecs-service.ts';
import { callTimeoutMs, ServiceParams, TaskId } from '../params.ts';

export const Config = z.strictObject({
  callTimeoutMs,
  minHealthyShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Share of the desired count that must run healthy without the stopped task, 0..1, rounded up; never fewer than one task.'),
});
export type Config = z.infer<typeof Config>;

export const Params = ServiceParams.extend({ taskId: TaskId });
export type Params = z.infer<typeof Params>;

export const Snapshot = ServiceSnapshot.extend({ taskArn: z.string().min(1) });
