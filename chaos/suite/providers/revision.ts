/** Another revision of a task definition: the one that runs, with what a pipeline or a person changed in it. Pure. */
import type { ContainerDefinition, KeyValuePair, RegisterTaskDefinitionCommandInput, Secret, TaskDefinition } from '@aws-sdk/client-ecs';
import { z } from 'zod';

export const RevisionChange = z.strictObject({
  image: z.string().min(1).optional(),
  /** null takes a variable away. */
  environment: z.record(z.string(), z.string().nullable()).optional(),
  /** Where each value comes from: the ARN or name of a secret or a parameter. */
  secrets: z.record(z.string(), z.string()).optional(),
  /** Of the task, MiB. */
  memory: z.int().positive().optional(),
  command: z.array(z.string()).optional(),
  /** Seconds, as ECS has them. */
  healthCheck: z
    .strictObject({
      command: z.array(z.string()).min(1),
      interval: z.int().optional(),
      timeout: z.int().optional(),
      retries: z.int().optional(),
      startPeriod: z.int().optional(),
    })
    .optional(),
});
export type RevisionChange = z.infer<typeof RevisionChange>;

/** The change is made to the first container: the services of the stages have one. */
export function revisionWith(running: TaskDefinition, change: RevisionChange): RegisterTaskDefinitionCommandInput {
  const [first, ...rest] = running.containerDefinitions ?? [];
  return {
    ...registrable(running),
    ...(change.memory !== undefined && { memory: String(change.memory) }),
    containerDefinitions: first ? [containerWith(first, change), ...rest] : [],
  };
}

/** ECS describes a revision with fields of its own, and refuses to register them. */
function registrable(described: TaskDefinition): Omit<TaskDefinition, 'family'> & { family: string } {
  const {
    family = '',
    taskDefinitionArn: _arn,
    revision: _revision,
    status: _status,
    requiresAttributes: _attributes,
    compatibilities: _compatibilities,
    registeredAt: _at,
    registeredBy: _by,
    deregisteredAt: _gone,
    ...rest
  } = described;
  return { ...rest, family };
}

function containerWith(container: ContainerDefinition, { image, environment, secrets, command, healthCheck }: RevisionChange) {
  return {
    ...container,
    ...(image !== undefined && { image }),
    ...(command !== undefined && { command }),
    ...(healthCheck !== undefined && { healthCheck }),
    ...(environment !== undefined && { environment: environmentWith(container.environment ?? [], environment) }),
    ...(secrets !== undefined && { secrets: secretsWith(container.secrets ?? [], secrets) }),
  };
}

function environmentWith(pairs: readonly KeyValuePair[], changes: Readonly<Record<string, string | null>>): KeyValuePair[] {
  const kept = pairs.filter(({ name }) => name === undefined || !Object.hasOwn(changes, name));
  const set = Object.entries(changes).flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
  return [...kept, ...set];
}

function secretsWith(known: readonly Secret[], changes: Readonly<Record<string, string>>): Secret[] {
  const kept = known.filter(({ name }) => name === undefined || !Object.hasOwn(changes, name));
  return [...kept, ...Object.entries(changes).map(([name, valueFrom]) => ({ name, valueFrom }))];
}
