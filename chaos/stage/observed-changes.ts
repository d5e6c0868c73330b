/**
 * What others changed in a cluster, read from ECS itself, for a stage that has no journal: a deployment that was not there before, another count, a task
 * that somebody stopped. What these scripts did themselves, and what ECS's circuit breaker did, is left out.
 */
import { DescribeTasksCommand, ListTasksCommand, type Service, type Task } from '@aws-sdk/client-ecs';
import type { ClusterControl } from './cluster-control.ts';
import type { Change } from './stage.ts';

export interface Observer {
  /** Tells it what the services are like at this moment. */
  note(services: readonly Service[], at: number): void;
  changesSince(at: number): Promise<Change[]>;
}

/** So long after a call of ours a difference is taken for its effect: two looks at AWS's pace. */
const ownForMs = 60_000;
/** DescribeTasks takes so many. */
const tasksAtOnce = 100;

export function createObserver(control: ClusterControl): Observer {
  const own = ownCalls(control);
  const known = new Map<string, Service>();
  const changes: Change[] = [];
  return {
    note(services, at) {
      for (const service of services) {
        const name = service.serviceName ?? '';
        const before = known.get(name);
        known.set(name, service);
        const input = before && differenceOf(before, service);
        if (input && at - (own.updatedAt.get(name) ?? 0) > ownForMs) changes.push({ at, operation: 'UpdateService', service: name, input });
      }
    },
    async changesSince(at) {
      const stopped = (await stoppedTasks(control)).filter(
        ({ stopCode, stoppingAt, taskArn = '' }) =>
          stopCode === 'UserInitiated' && (stoppingAt?.getTime() ?? 0) >= at && !own.stopped.has(taskArn.split('/').at(-1) ?? ''),
      );
      const stops = stopped.map(({ stoppingAt, taskArn = '', group = '', stoppedReason = '' }) => ({
        at: stoppingAt?.getTime() ?? at,
        operation: 'StopTask',
        service: group.replace(/^service:/, ''),
        input: { task: taskArn, reason: stoppedReason },
      }));
      return [...changes.filter((change) => change.at >= at), ...stops].toSorted((one, other) => one.at - other.at);
    },
  };
}

/** As the call that made it would have said; undefined when nobody did anything. */
function differenceOf(before: Service, now: Service): Record<string, unknown> | undefined {
  const [old, primary] = [before, now].map(({ deployments }) => deployments?.find(({ status }) => status === 'PRIMARY'));
  const { serviceName: service, desiredCount, taskDefinition } = now;
  if (old?.id !== primary?.id && !/rolling back|circuit breaker/i.test(primary?.rolloutStateReason ?? '')) {
    return before.taskDefinition === taskDefinition ? { service, forceNewDeployment: true } : { service, taskDefinition };
  }
  return before.desiredCount === desiredCount ? undefined : { service, desiredCount };
}

/** When these scripts last updated each service, and which tasks they stopped, kept by the client they do it with. */
function ownCalls({ clients }: ClusterControl) {
  const updatedAt = new Map<string, number>();
  const stopped = new Set<string>();
  clients.ecs.middlewareStack.add(
    (next, { commandName }) =>
      async (call) => {
        const { service, task } = call.input as { service?: string; task?: string };
        if (commandName === 'UpdateServiceCommand' && service !== undefined) updatedAt.set(service.split('/').at(-1) ?? '', Date.now());
        if (commandName === 'StopTaskCommand' && task !== undefined) stopped.add(task.split('/').at(-1) ?? '');
        return next(call);
      },
    { step: 'initialize', name: 'ownCalls' },
  );
  return { updatedAt, stopped };
}

async function stoppedTasks({ clients: { ecs }, cluster }: ClusterControl): Promise<Task[]> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, desiredStatus: 'STOPPED', maxResults: tasksAtOnce }));
  if (taskArns.length === 0) return [];
  return (await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }))).tasks ?? [];
}
