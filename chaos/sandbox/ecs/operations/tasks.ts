/** ListTasks, DescribeTasks, StopTask, RunTask. */
import { z } from 'zod';
import type { Operations } from '../../wire/operation.ts';
import { arnOf, lastSegment } from '../arn.ts';
import type { ControlPlane } from '../control-plane.ts';
import { describeTask } from '../describe-task.ts';
import type { Task } from '../model.ts';
import { isLive } from '../scheduler/census.ts';
import { stopReason } from '../scheduler/events.ts';
import { requireCluster } from './clusters.ts';
import { invalid, page, pageFields, read, tagList } from './input.ts';
import { requireService } from './services.ts';
import { requireTaskDefinition } from './task-definitions.ts';

const mostDescribed = 100;

const listing = z.looseObject({
  cluster: z.string().optional(),
  serviceName: z.string().optional(),
  family: z.string().optional(),
  startedBy: z.string().optional(),
  desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).optional(),
  ...pageFields,
});

const running = z.looseObject({
  cluster: z.string().optional(),
  taskDefinition: z.string(),
  count: z.number().int().min(1).max(10).optional(),
  group: z.string().optional(),
  startedBy: z.string().optional(),
  tags: tagList,
});

export function taskOperations(plane: ControlPlane): Operations {
  const { account } = plane.options;
  const find = (cluster: string, asked: string): Task | undefined => {
    const task = plane.tasks.get(lastSegment(asked));
    return task?.cluster === cluster ? task : undefined;
  };
  return {
    ListTasks: (input) => {
      const request = read(listing, input);
      const cluster = requireCluster(plane, request.cluster);
      const service = request.serviceName === undefined ? undefined : requireService(plane, cluster.name, request.serviceName).name;
      const wanted = request.desiredStatus ?? 'RUNNING';
      const matches = [...plane.tasks.values()].filter(
        (task) =>
          task.cluster === cluster.name &&
          task.desiredStatus === wanted &&
          (service === undefined || task.service === service) &&
          (request.family === undefined || task.taskDefinition.family === request.family) &&
          (request.startedBy === undefined || task.startedBy === request.startedBy),
      );
      const arns = matches.map((task) => task.arn);
      const { items, nextToken } = page(arns, request);
      return { taskArns: items, nextToken };
    },
    DescribeTasks: (input) => {
      const request = read(
        z.looseObject({ cluster: z.string().optional(), tasks: z.array(z.string()), include: z.array(z.string()).optional() }),
        input,
      );
      const cluster = requireCluster(plane, request.cluster);
      if (request.tasks.length === 0) throw invalid('Tasks cannot be empty.');
      if (request.tasks.length > mostDescribed) throw invalid(`Cannot describe more than ${mostDescribed} tasks at once.`);
      const withTags = request.include?.includes('TAGS') ?? false;
      const found = request.tasks.map((asked) => ({ asked, task: find(cluster.name, asked) }));
      return {
        tasks: found.flatMap(({ task }) => (task === undefined ? [] : [describeTask(account, task, withTags)])),
        failures: found.flatMap(({ asked, task }) =>
          task === undefined ? [{ arn: arnOf(account, `task/${cluster.name}/${lastSegment(asked)}`), reason: 'MISSING' }] : [],
        ),
      };
    },
    StopTask: (input) => {
      const request = read(z.looseObject({ cluster: z.string().optional(), task: z.string(), reason: z.string().optional() }), input);
      const cluster = requireCluster(plane, request.cluster);
      const task = find(cluster.name, request.task);
      if (task === undefined) throw invalid('The referenced task was not found.');
      plane.stopTask(task, 'UserInitiated', request.reason ?? stopReason.byUser);
      return { task: describeTask(account, task, true) };
    },
    RunTask: (input) => {
      const request = read(running, input);
      const cluster = requireCluster(plane, request.cluster);
      const taskDefinition = requireTaskDefinition(plane, request.taskDefinition);
      const count = request.count ?? 1;
      const live = [...plane.tasks.values()].filter((task) => task.cluster === cluster.name && isLive(task)).length;
      if (live + count > plane.options.capacity) return { tasks: [], failures: [{ reason: 'Capacity is unavailable at this time.' }] };
      const started = Array.from({ length: count }, () =>
        plane.launch({
          cluster: cluster.name,
          service: '',
          deploymentId: '',
          group: request.group ?? `family:${taskDefinition.family}`,
          startedBy: request.startedBy ?? '',
          taskDefinition,
          capacityProvider: undefined,
          tags: request.tags,
        }),
      );
      return { tasks: started.map((task) => describeTask(account, task, true)), failures: [] };
    },
  };
}
