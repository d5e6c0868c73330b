/** Tasks of ECS services as the actions see them, and how many of them may be done without; reads only. */
import { DescribeTasksCommand, type ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import type { Resource } from '../../domain/alert.ts';
import { UpstreamError } from '../../domain/errors.ts';
import { type CallContext, readOnce } from '../aws/call.ts';

const Task = z.object({
  taskArn: z.string().min(1),
  group: z.string().default(''),
  lastStatus: z.string(),
  desiredStatus: z.string(),
  healthStatus: z.string().default('UNKNOWN'),
  stopCode: z.string().default(''),
  stoppedReason: z.string().default(''),
});
export type EcsTask = z.infer<typeof Task>;

const TaskPage = z.object({ taskArns: z.array(z.string()).default([]), nextToken: z.string().optional() });
const Failure = z.object({ arn: z.string().optional(), reason: z.string().optional() });
const DescribedTasks = z.object({ tasks: z.array(Task).default([]), failures: z.array(Failure).default([]) });

// DescribeTasks takes at most 100 tasks a call; ListTasks answers at most 100 a page.
export const maxTasksACall = 100;

// ECS keeps at most this many characters of a stop reason.
const maxReasonLength = 255;

/** A setting of every action that stops tasks. */
export const minHealthyShare = z
  .number()
  .min(0)
  .max(1)
  .default(0.5)
  .describe('Share of the desired count that must run healthy without the stopped tasks, 0..1, rounded up; never fewer than one task.');

/** All tasks of the service that ECS wants running. */
export async function wantedTasks(reader: ECSClient, { cluster, service }: Resource, context: CallContext): Promise<EcsTask[]> {
  const tasks: EcsTask[] = [];
  let nextToken: string | undefined;
  do {
    const page = await readOnce('ecs:ListTasks', TaskPage, context, (options) =>
      reader.send(
        new ListTasksCommand({ cluster, serviceName: service, desiredStatus: 'RUNNING', maxResults: maxTasksACall, nextToken }),
        options,
      ),
    );
    tasks.push(...(await describeTasks(reader, cluster, page.taskArns, context)));
    nextToken = page.nextToken;
  } while (nextToken);
  return tasks;
}

/** Undefined when ECS no longer knows the task: stopped tasks are listed for about an hour. */
export async function oneTask(reader: ECSClient, cluster: string, taskId: string, context: CallContext): Promise<EcsTask | undefined> {
  const tasks = await describeTasks(reader, cluster, [taskId], context);
  return tasks.find((task) => taskIdOf(task) === taskId);
}

/** Tasks of a cluster by ARN or id; those ECS no longer knows are left out. */
export async function describeTasks(
  reader: ECSClient,
  cluster: string,
  names: readonly string[],
  context: CallContext,
): Promise<EcsTask[]> {
  const found: EcsTask[] = [];
  for (let first = 0; first < names.length; first += maxTasksACall) {
    const tasks = names.slice(first, first + maxTasksACall);
    const answer = await readOnce('ecs:DescribeTasks', DescribedTasks, context, (options) =>
      reader.send(new DescribeTasksCommand({ cluster, tasks }), options),
    );
    const unexpected = answer.failures.find((failure) => failure.reason !== 'MISSING');
    if (unexpected)
      throw new UpstreamError('ecs', 'server', `DescribeTasks: ${unexpected.arn ?? 'a task'}: ${unexpected.reason ?? 'failed'}`);
    found.push(...answer.tasks);
  }
  return found;
}

/** Last segment of its ARN. */
export function taskIdOf(task: Pick<EcsTask, 'taskArn'>): string {
  return task.taskArn.split('/').at(-1) ?? '';
}

/** A task without a container health check is UNKNOWN, which ECS itself treats as well. */
export function servesHealthy(task: EcsTask): boolean {
  return task.lastStatus === 'RUNNING' && task.desiredStatus === 'RUNNING' && task.healthStatus !== 'UNHEALTHY';
}

/** How many tasks must run healthy whatever is stopped. */
export function healthyFloor(desiredCount: number, share: number): number {
  return Math.max(1, Math.ceil(desiredCount * share));
}

const ours = 'kintsugi ';

/** Who stopped a task stands in the task itself: `kintsugi <key of the change>`. */
export function stopReason(key: string): string {
  return `${ours}${key}`.slice(0, maxReasonLength);
}

/** Whether a change of ours stopped it. A task is stopped once, so the reason needs no key to be told from another incident's. */
export function isStoppedByUs(task: EcsTask): boolean {
  return task.desiredStatus === 'STOPPED' && task.stoppedReason.startsWith(ours);
}
