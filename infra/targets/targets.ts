/** Which tasks of ECS there are, in the form Prometheus reads from files. */
import { DescribeTasksCommand, type ECSClient, ListTasksCommand, type Task } from '@aws-sdk/client-ecs';
import { metricsPortTag } from '../names.ts';

export interface TargetGroup {
  targets: string[];
  labels: { ecs_cluster: string; ecs_service: string; ecs_task: string };
}

const defaultPort = 8080;
/** As many as ECS describes in one call. */
const atOnce = 100;

/** Running tasks of services; whatever was started by hand belongs to nobody whom an alert could name. Rejects when ECS cannot be read. */
export async function readTargets(ecs: Pick<ECSClient, 'send'>, cluster: string): Promise<TargetGroup[]> {
  const groups: TargetGroup[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send(new ListTasksCommand({ cluster, desiredStatus: 'RUNNING', maxResults: atOnce, nextToken }));
    nextToken = page.nextToken;
    const tasks = page.taskArns ?? [];
    if (tasks.length === 0) continue;
    const described = await ecs.send(new DescribeTasksCommand({ cluster, tasks, include: ['TAGS'] }));
    groups.push(...(described.tasks ?? []).flatMap((task) => targetOf(cluster, task)));
  } while (nextToken);
  return groups.sort((a, b) => (a.labels.ecs_task < b.labels.ecs_task ? -1 : 1));
}

function targetOf(cluster: string, { taskArn = '', group = '', attachments = [], tags = [], lastStatus }: Task): TargetGroup[] {
  const service = /^service:(.+)$/.exec(group)?.[1];
  const details = attachments.find(({ type }) => type === 'ElasticNetworkInterface')?.details ?? [];
  const address = details.find(({ name }) => name === 'privateIPv4Address')?.value;
  if (!service || !address || lastStatus !== 'RUNNING') return [];
  const port = Number(tags.find(({ key }) => key === metricsPortTag)?.value ?? defaultPort);
  const task = taskArn.slice(taskArn.lastIndexOf('/') + 1);
  return [{ targets: [`${address}:${port}`], labels: { ecs_cluster: cluster, ecs_service: service, ecs_task: task } }];
}
