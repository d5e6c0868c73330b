/** Which tasks a target means. Resolved once, at the start of an experiment: a task that replaces a target is not one. */
import { z } from 'zod';
import type { SandboxTask, World } from '../world.ts';
import { validation } from './catalogue.ts';

export const targetSchema = z.object({
  resourceType: z.string(),
  resourceArns: z.array(z.string()).max(5).optional(),
  resourceTags: z.record(z.string(), z.string()).optional(),
  filters: z.array(z.object({ path: z.string(), values: z.array(z.string()).min(1) })).optional(),
  selectionMode: z.string(),
  parameters: z.record(z.string(), z.string()).optional(),
});
export type TargetInput = z.infer<typeof targetSchema>;

const COUNT = /^COUNT\((\d+)\)$/;
const PERCENT = /^PERCENT\((\d+)\)$/;

/** Paths of DescribeTasks' answer, in PascalCase, that the sandbox knows. */
const FILTER_PATHS: Record<string, (task: SandboxTask) => string> = {
  LastStatus: (task) => task.lastStatus,
  Group: (task) => (task.service === '' ? `family:${task.family}` : `service:${task.service}`),
  TaskArn: (task) => task.arn,
};

/** Throws ValidationException. */
export function checkTarget(name: string, target: TargetInput): void {
  const { resourceType, resourceArns, resourceTags, filters, parameters, selectionMode } = target;
  if (resourceType !== 'aws:ecs:task')
    throw validation(`Target ${name}: resource type ${resourceType} is not imitated by the sandbox, only aws:ecs:task.`);
  if (resourceArns && (resourceTags || parameters || filters)) {
    throw validation(`Target ${name}: resourceArns cannot be combined with resourceTags, parameters or filters.`);
  }
  if (!resourceArns?.length && Object.keys(resourceTags ?? {}).length === 0 && !parameters) {
    throw validation(`Target ${name} needs resourceArns, resourceTags, or the parameters cluster and service.`);
  }
  if (parameters) {
    const unknown = Object.keys(parameters).find((key) => key !== 'cluster' && key !== 'service');
    if (unknown !== undefined) throw validation(`Target ${name}: aws:ecs:task has no parameter ${unknown}, only cluster and service.`);
    if (parameters.service !== undefined && parameters.cluster === undefined) {
      throw validation(`Target ${name}: the parameter service needs the parameter cluster.`);
    }
  }
  for (const { path } of filters ?? []) {
    if (!Object.hasOwn(FILTER_PATHS, path)) {
      throw validation(
        `Target ${name}: the filter path ${path} is not imitated by the sandbox, only ${Object.keys(FILTER_PATHS).join(', ')}.`,
      );
    }
  }
  const count = COUNT.exec(selectionMode)?.[1];
  const percent = PERCENT.exec(selectionMode)?.[1];
  if (selectionMode !== 'ALL' && !(Number(count) >= 1) && !(Number(percent) >= 1 && Number(percent) <= 100)) {
    throw validation(`Target ${name}: selectionMode '${selectionMode}' is not ALL, COUNT(n) or PERCENT(1…100).`);
  }
}

function candidates(target: TargetInput, world: World): SandboxTask[] {
  const { resourceArns, resourceTags = {}, filters = [], parameters = {} } = target;
  const all = resourceArns
    ? resourceArns.map((arn) => world.task(arn)).filter((task) => task !== undefined)
    : world.tasks({ cluster: parameters.cluster, service: parameters.service });
  return all.filter(
    (task) =>
      task.lastStatus === 'RUNNING' &&
      Object.entries(resourceTags).every(([key, value]) => task.tags[key] === value) &&
      filters.every(({ path, values }) => values.includes(FILTER_PATHS[path]?.(task) ?? '')),
  );
}

/** `random` in [0, 1) picks for COUNT and PERCENT. PERCENT rounds down, so few tasks and a small share mean none. */
export function resolveTarget(target: TargetInput, world: World, random: () => number): SandboxTask[] {
  const found = candidates(target, world);
  const count = COUNT.exec(target.selectionMode)?.[1];
  const percent = PERCENT.exec(target.selectionMode)?.[1];
  if (count === undefined && percent === undefined) return found;
  const wanted = count === undefined ? Math.floor((found.length * Number(percent)) / 100) : Number(count);
  const rest = [...found];
  const chosen: SandboxTask[] = [];
  while (chosen.length < wanted && rest.length > 0) chosen.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return chosen;
}
