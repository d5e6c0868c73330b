/** The next revision with one step more memory, worked out from the one that runs. Pure. */
import type { NotPossible } from '../../domain/plan.ts';
import type { DescribedTaskDefinition, Tag, TaskDefinition } from './schema.ts';

/** Marks a revision as a copy of another with more memory; the value is that other's name, such as `checkout:7`. */
export const raisedFromTag = 'kintsugi:raised-from';

/** What RegisterTaskDefinition takes. */
export type Registration = Record<string, unknown> & { family: string; memory: string; tags: Tag[] };

export interface Raised {
  registration: Registration;
  fromMib: number;
  toMib: number;
}

/** Task memory Fargate allows for each CPU size (1/1024 vCPU), MiB: from, to, step. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size */
const sizes: Readonly<Record<string, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: range(1024, 4096, 1024),
  1024: range(2048, 8192, 1024),
  2048: range(4096, 16_384, 1024),
  4096: range(8192, 30_720, 1024),
  8192: range(16_384, 61_440, 4096),
  16384: range(32_768, 122_880, 8192),
};

/** What ECS adds to what was registered. */
const addedByEcs: ReadonlySet<string> = new Set([
  'taskDefinitionArn',
  'revision',
  'status',
  'requiresAttributes',
  'compatibilities',
  'registeredAt',
  'deregisteredAt',
  'deleteRequestedAt',
  'registeredBy',
]);

/** `container`: the one that was killed, when it is known. */
export function raise(
  { taskDefinition, tags }: DescribedTaskDefinition,
  container: string | undefined,
  maxMib: number,
): Raised | NotPossible {
  const { cpu = '', memory = '', requiresCompatibilities, containerDefinitions } = taskDefinition;
  const name = nameOf(taskDefinition.taskDefinitionArn);
  if (!requiresCompatibilities.includes('FARGATE'))
    return { notPossible: `${name} is not for Fargate: how much memory an instance has is not known` };
  const fromMib = Number(memory);
  const allowed = Object.hasOwn(sizes, cpu) ? sizes[cpu] : undefined;
  if (!allowed?.includes(fromMib)) return { notPossible: `${name} has ${cpu} CPU units and ${memory} MiB, which is no size of Fargate` };
  const toMib = allowed.find((one) => one > fromMib);
  if (toMib === undefined) return { notPossible: `${name} has ${fromMib} MiB, the most that Fargate gives to ${cpu} CPU units` };
  if (toMib > maxMib) return { notPossible: `the next size of ${name} is ${toMib} MiB, more than the configured maximum of ${maxMib} MiB` };
  const limited = containerDefinitions.filter((one) => one.memory !== undefined);
  const killed = container === undefined && containerDefinitions.length === 1 ? containerDefinitions[0]?.name : container;
  if (killed === undefined && limited.length > 0) return { notPossible: `which container of ${name} ran out of memory is not known` };
  if (killed !== undefined && !containerDefinitions.some((one) => one.name === killed)) {
    return { notPossible: `${name} has no container ${killed}` };
  }
  const step = toMib - fromMib;
  const containers = containerDefinitions.map((one) =>
    one.name === killed && one.memory !== undefined ? { ...one, memory: one.memory + step } : one,
  );
  const registration: Registration = {
    ...contentOf(taskDefinition),
    family: taskDefinition.family,
    memory: String(toMib),
    containerDefinitions: containers,
    // Tags of AWS itself cannot be given by anybody else.
    tags: [...tags.filter(({ key }) => key !== raisedFromTag && !key.startsWith('aws:')), { key: raisedFromTag, value: name }],
  };
  return { registration, fromMib, toMib };
}

/** What somebody registered, without its tags. */
export function contentOf(taskDefinition: TaskDefinition | Registration): Record<string, unknown> {
  return Object.fromEntries(Object.entries(taskDefinition).filter(([field]) => field !== 'tags' && !addedByEcs.has(field)));
}

/** Whether a revision says that it is that copy. */
export function isCopy({ taskDefinition, tags }: DescribedTaskDefinition, original: string, memoryMib: number): boolean {
  return taskDefinition.memory === String(memoryMib) && tags.some(({ key, value }) => key === raisedFromTag && value === nameOf(original));
}

/** `arn:…:task-definition/checkout:7` → `checkout:7` */
export function nameOf(taskDefinition: string): string {
  return taskDefinition.split('/').at(-1) ?? taskDefinition;
}

export function rolesOf({ taskRoleArn, executionRoleArn }: TaskDefinition): string[] {
  return [...new Set([taskRoleArn, executionRoleArn].flatMap((role) => role ?? []))];
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, at) => from + at * step);
}
