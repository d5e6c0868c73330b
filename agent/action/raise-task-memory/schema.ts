import { z } from 'zod';
import { ServiceSnapshot } from '../ecs/service.ts';
import { callTimeoutMs, DeploymentId, ServiceParams } from '../params.ts';

export const Config = z.strictObject({
  callTimeoutMs,
  maxMemoryMib: z.int().min(512).max(122_880).default(8_192).describe('Memory of a task that no change may exceed, MiB.'),
  minKills: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('So many tasks of the revision must have been killed for memory; fewer are replaced by ECS and watched.'),
});
export type Config = z.infer<typeof Config>;

/** `deploymentId` is the PRIMARY deployment whose tasks were killed; `container` the one that was killed, when ECS says which. */
export const Params = ServiceParams.extend({
  deploymentId: DeploymentId,
  container: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,255}$/, 'must be one container name')
    .optional(),
});
export type Params = z.infer<typeof Params>;

export const Snapshot = ServiceSnapshot.extend({
  /** Of a task after the change, MiB. */
  memoryMib: z.int().positive(),
  /** Roles of the revision, which the agent has to be allowed to pass on. */
  roles: z.array(z.string()),
});
export type Snapshot = z.infer<typeof Snapshot>;

const Container = z.looseObject({ name: z.string().default(''), memory: z.int().optional(), memoryReservation: z.int().optional() });
const Tag = z.object({ key: z.string(), value: z.string().default('') });
export type Tag = z.infer<typeof Tag>;

/** Loose: a copy has everything the original has. */
export const TaskDefinition = z.looseObject({
  taskDefinitionArn: z.string().min(1),
  family: z.string().min(1),
  cpu: z.string().optional(),
  memory: z.string().optional(),
  requiresCompatibilities: z.array(z.string()).default([]),
  taskRoleArn: z.string().optional(),
  executionRoleArn: z.string().optional(),
  containerDefinitions: z.array(Container).default([]),
});
export type TaskDefinition = z.infer<typeof TaskDefinition>;

export const DescribedTaskDefinition = z.object({ taskDefinition: TaskDefinition, tags: z.array(Tag).default([]) });
export type DescribedTaskDefinition = z.infer<typeof DescribedTaskDefinition>;
export const ListedTaskDefinitions = z.object({ taskDefinitionArns: z.array(z.string()).default([]) });
export const RegisteredTaskDefinition = z.object({ taskDefinition: z.object({ taskDefinitionArn: z.string().min(1) }) });
