/** The read-only ECS calls, each within its limits. */
import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import type { AwsRead } from '../aws-reader.ts';
import {
  DescribeServiceDeploymentsReply,
  DescribeServiceRevisionsReply,
  DescribeServicesReply,
  DescribeTasksReply,
  type EcsService,
  type EcsTask,
  ListServiceDeploymentsReply,
  ListServicesReply,
  ListTasksReply,
  type ServiceDeployment,
  type ServiceDeploymentDetail,
} from './schema.ts';

/** Fewer than `nextToken` could bring: the rest was left unread. */
export interface Listed<T> {
  items: T[];
  isCut: boolean;
}

export interface EcsCalls {
  services(cluster: string, names: readonly string[]): Promise<{ services: EcsService[]; missing: string[] }>;
  serviceArns(cluster: string): Promise<Listed<string>>;
  taskArns(cluster: string, service: string, status: 'RUNNING' | 'STOPPED', limit: number): Promise<Listed<string>>;
  tasks(cluster: string, arns: readonly string[]): Promise<EcsTask[]>;
  serviceDeployments(cluster: string, service: string, limit: number): Promise<Listed<ServiceDeployment>>;
  /** At most as many as one call takes. */
  serviceDeploymentDetails(arns: readonly string[]): Promise<ServiceDeploymentDetail[]>;
  /** Task definitions by service revision. */
  taskDefinitions(revisionArns: readonly string[]): Promise<Map<string, string>>;
}

/** ECS' own limits per call. */
const servicesPerCall = 10;
const tasksPerCall = 100;
const deploymentsPerCall = 20;
const revisionsPerCall = 20;
const pageSize = 100;
const maxPages = 50;

export function createEcsCalls(client: ECSClient, read: AwsRead): EcsCalls {
  return {
    async services(cluster, names) {
      const services: EcsService[] = [];
      const missing: string[] = [];
      for (const some of chunks(names, servicesPerCall)) {
        const command = new DescribeServicesCommand({ cluster, services: some });
        const reply = await read('ecs:DescribeServices', DescribeServicesReply, (options) => client.send(command, options));
        services.push(...reply.services);
        missing.push(...some.filter((name) => !reply.services.some((service) => service.serviceName === name)));
      }
      return { services, missing };
    },

    serviceArns: (cluster) =>
      paged(maxPages * pageSize, async (nextToken) => {
        const command = new ListServicesCommand({ cluster, nextToken, maxResults: pageSize });
        const reply = await read('ecs:ListServices', ListServicesReply, (options) => client.send(command, options));
        return { items: reply.serviceArns, nextToken: reply.nextToken };
      }),

    taskArns: (cluster, service, status, limit) =>
      paged(limit, async (nextToken) => {
        const command = new ListTasksCommand({ cluster, serviceName: service, desiredStatus: status, nextToken, maxResults: pageSize });
        const reply = await read('ecs:ListTasks', ListTasksReply, (options) => client.send(command, options));
        return { items: reply.taskArns, nextToken: reply.nextToken };
      }),

    async tasks(cluster, arns) {
      const tasks: EcsTask[] = [];
      for (const some of chunks(arns, tasksPerCall)) {
        const command = new DescribeTasksCommand({ cluster, tasks: some });
        tasks.push(...(await read('ecs:DescribeTasks', DescribeTasksReply, (options) => client.send(command, options))).tasks);
      }
      return tasks;
    },

    serviceDeployments: (cluster, service, limit) =>
      paged(limit, async (nextToken) => {
        const command = new ListServiceDeploymentsCommand({ cluster, service, nextToken, maxResults: Math.min(limit, pageSize) });
        const reply = await read('ecs:ListServiceDeployments', ListServiceDeploymentsReply, (options) => client.send(command, options));
        return { items: reply.serviceDeployments, nextToken: reply.nextToken };
      }),

    async serviceDeploymentDetails(arns) {
      const command = new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns.slice(0, deploymentsPerCall) });
      const permission = 'ecs:DescribeServiceDeployments';
      return (await read(permission, DescribeServiceDeploymentsReply, (options) => client.send(command, options))).serviceDeployments;
    },

    async taskDefinitions(revisionArns) {
      const found = new Map<string, string>();
      for (const some of chunks([...new Set(revisionArns)], revisionsPerCall)) {
        const command = new DescribeServiceRevisionsCommand({ serviceRevisionArns: some });
        const reply = await read('ecs:DescribeServiceRevisions', DescribeServiceRevisionsReply, (options) => client.send(command, options));
        for (const revision of reply.serviceRevisions) found.set(revision.serviceRevisionArn, revision.taskDefinition);
      }
      return found;
    },
  };
}

/** Reads pages until there are no more or `limit` items are there; a token that never ends cannot hold it for ever. */
async function paged<T>(
  limit: number,
  page: (token: string | undefined) => Promise<{ items: T[]; nextToken: string | undefined }>,
): Promise<Listed<T>> {
  const items: T[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const next = await page(token);
    items.push(...next.items);
    token = next.nextToken;
    if (token === undefined || token === '' || items.length >= limit) break;
  }
  return { items: items.slice(0, limit), isCut: items.length > limit || (token !== undefined && token !== '') };
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
