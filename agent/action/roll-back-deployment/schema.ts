import { z } from 'zod';
import { ServiceSnapshot } from '../ecs/service.ts';
import { callTimeoutMs, DeploymentId, ServiceParams } from '../params.ts';

export const Config = z.strictObject({
  callTimeoutMs,
  maxRevisionAgeDays: z
    .int()
    .min(1)
    .max(90)
    .default(90)
    .describe('A revision whose deployment completed longer ago is not rolled back to, days. ECS keeps the history for 90 days.'),
  noRollbackTag: z
    .string()
    .min(1)
    .default('kintsugi:no-rollback')
    .describe(
      'A task definition with this tag, whatever its value, is never rolled back past: for revisions with an irreversible migration.',
    ),
  unknownImage: z
    .enum(['go-on', 'refuse'])
    .default('go-on')
    .describe(
      'What to do when nobody can say whether the image to go back to still exists: another registry than ECR in this Region, or no permission to ask.',
    ),
});
export type Config = z.infer<typeof Config>;

/** `deploymentId` is the PRIMARY deployment the diagnosis suspects; a newer one is not ours to judge. */
export const Params = ServiceParams.extend({ deploymentId: DeploymentId });
export type Params = z.infer<typeof Params>;

export const Snapshot = ServiceSnapshot.extend({
  /** The revision to go back to. */
  targetTaskDefinition: z.string().min(1),
  /** The service deployment to stop with a roll-back, or null when it is over and the service is updated instead. */
  serviceDeploymentArn: z.string().min(1).nullable(),
  /** Roles of that revision and of the suspect, which the agent has to be allowed to pass on. */
  roles: z.array(z.string()).default([]),
});
export type Snapshot = z.infer<typeof Snapshot>;

export const DescribedImages = z.object({ imageDetails: z.array(z.object({ imageDigest: z.string().optional() })).default([]) });
export const FoundManifests = z.object({ images: z.array(z.object({ imageManifest: z.string().default('') })).default([]) });

export const StoppedTaskPage = z.object({ taskArns: z.array(z.string()).default([]) });
export const StoppedTasks = z.object({
  tasks: z
    .array(z.object({ containers: z.array(z.object({ image: z.string().optional(), reason: z.string().default('') })).default([]) }))
    .default([]),
});
