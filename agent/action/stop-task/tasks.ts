/** Reads the tasks of one service; changes nothing. */
import { DescribeTasksCommand, type ECSClient, ListTasksCommand } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { UpstreamError } from '../../domain/errors.ts';
import { type CallContext, readOnce } from '../aws-call.ts';
import { type Params, Task } from './schema.ts';

const TaskPage = z.object({ taskArns: z.array(z.string()).default([]), nextToken: z.string().optional() });
const Failure = z.object({ arn: z.string().optional(), reason: z.string().optional() });
const DescribedTasks = z.object({ tasks: z.array(Task).default([]), failures: z.array(Failure).default([]) });

// DescribeTasks takes at most 100 tasks a call; ListTasks answers at most 100 a page.
const pageSize = 100;

/** All tasks of the service that ECS wants running. */
export async function wantedTasks(reader: ECSClient, { cluster, service }: Params, context: CallContext): Promise<Task[]> {
  const tasks: Task[] = [];
  let nextToken: string | undefined;
  do {
    const page = await readOnce('ecs:ListTasks', TaskPage, context, (options) =>
      reader.send(
        new ListTasksCommand({ cluster, serviceName: service, desiredStatus: 'RUNNING', maxResults: pageSize, nextToken }),
        options,
      ),
    );
    if (page.taskArns.length > 0) tasks.push(...(await describe(reader, cluster, page.taskArns, context)));
    nextToken = page.nextToken;
  } while (nextToken);
  return tasks;
}

/** Undefined when ECS no longer knows the task: stopped tasks are listed for about an hour. */
export async function oneTask(reader: ECSClient, { cluster, taskId }: Params, context: CallContext): Promise<Task | undefined> {
  const tasks = await describe(reader, cluster, [taskId], context);
  return tasks.find((task) => idOf(task) === taskId);
}

export function idOf(task: Task): string {
  return task.taskArn.split('/').at(-1) ?? '';
}

async function describe(reader: ECSClient, cluster: string, tasks: string[], context: CallContext): Promise<Task[]> {
  const answer = await readOnce('ecs:DescribeTasks', DescribedTasks, context, (options) =>
    reader.send(new DescribeTasksCommand({ cluster, tasks }), options),
  );
  const unexpected = answer.failures.find((failure) => failure.reason !== 'MISSING');
  if (unexpected)
    throw new UpstreamError('ecs', 'server', `DescribeTasks: ${unexpected.arn ?? 'a task'}: ${unexpected.reason ?? 'failed'}`);
  return answer.tasks;
}
