/** Tasks of ECS services as the actions see them; reads only. */
import { DescribeTasksCommand, type ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import type { Resource } from '../domain/alert.ts';
import { UpstreamError } from '../domain/errors.ts';
import { type CallContext, readOnce } from './aws-call.ts';

const Task = z.object({
  taskArn: z.string().min(1),
  group: z.string().default(''),
  lastStatus: z.string(),
  desiredStatus: z.string(),
  healthStatus: z.string().default('UNKNOWN'),
});
export type EcsTask = z.infer<typeof Task>;

const TaskPage = z.object({ taskArns: z.array(z.string()).default([]), nextToken: z.string().optional() });
const Failure = z.object({ arn: z.string().optional(), reason: z.string().optional() });
const DescribedTasks = z.object({ tasks: z.array(Task).default([]), failures: z.array(Failure).default([]) });

// DescribeTasks takes at most 100 tasks a call; ListTasks answers at most 100 a page.
export const maxTasksACall = 100;

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
    if (page.taskArns.length > 0) tasks.push(...(await describeTasks(reader, cluster, page.taskArns, context)));
    nextToken = page.nextToken;
  } while (nextToken);
  return tasks;
}

/** Undefined when ECS no longer knows the task: stopped tasks are listed for about an hour. */
export async function oneTask(reader: ECSClient, cluster: string, taskId: string, context: CallContext): Promise<EcsTask | undefined> {
  const tasks = await describeTasks(reader, cluster, [taskId], context);
  return tasks.find((task) => taskIdOf(task) === taskId);
}

/** Last segment of its ARN. */
export function taskIdOf(task: EcsTask): string {
  return task.taskArn.split('/').at(-1) ?? '';
}

/** Up to 100 tasks of a cluster by ARN or id; those ECS no longer knows are left out. */
export async function describeTasks(reader: ECSClient, cluster: string, tasks: string[], context: CallContext): Promise<EcsTask[]> {
  const answer = await readOnce('ecs:DescribeTasks', DescribedTasks, context, (options) =>
    reader.send(new DescribeTasksCommand({ cluster, tasks }), options),
  );
  const unexpected = answer.failures.find((failure) => failure.reason !== 'MISSING');
  if (unexpected)
    throw new UpstreamError('ecs', 'server', `DescribeTasks: ${unexpected.arn ?? 'a task'}: ${unexpected.reason ?? 'failed'}`);
  return answer.tasks;
}
