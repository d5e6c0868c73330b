import { z } from 'zod';
import { ServiceSnapshot } from '../ecs/service.ts';
import { callTimeoutMs, DeploymentId, ServiceParams } from '../params.ts';

export const Config = z.strictObject({
  callTimeoutMs,
  minAgeSeconds: z
    .int()
    .min(60)
    .max(86_400)
    .default(600)
    .describe('A deployment younger than this is not stopped: large images and long health checks take their time, seconds.'),
});
export type Config = z.infer<typeof Config>;

/** `deploymentId` is the PRIMARY deployment the diagnosis found stuck; a newer one is not ours to judge. */
export const Params = ServiceParams.extend({ deploymentId: DeploymentId });
export type Params = z.infer<typeof Params>;

export const Snapshot = ServiceSnapshot.extend({
  serviceDeploymentArn: z.string().min(1),
  /** Tasks of the deployment when the plan was made: with more or fewer of them it moves again. */
  runningCount: z.int().min(0),
  pendingCount: z.int().min(0),
});
export type Snapshot = z.infer<typeof Snapshot>;
