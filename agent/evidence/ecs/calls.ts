/** The read-only ECS calls, each within its limits and each failing as an UpstreamError that names the permission it needs. */
import {
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import type { z } from 'zod';
import { awsFailure, unknownShape } from '../aws-failure.ts';
import {
  DescribeServiceRevisionsReply,
  DescribeServicesReply,
  DescribeTasksReply,
  type EcsService,
  type EcsTask,
  ListServiceDeploymentsReply,
  ListServicesReply,
  ListTasksReply,
  type ServiceDeployment,
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
  /** Task definitions by service revision. */
  taskDefinitions(revisionArns: readonly string[]): Promise<Map<string, string>>;
}

/** ECS' own limits per call. */
const servicesPerCall = 10;
const tasksPerCall = 100;
const revisionsPerCall = 20;
const pageSize = 100;
const maxPages = 50;

export function createEcsCalls(client: ECSClient, signal: AbortSignal): EcsCalls {
  const options = { abortSignal: signal };

  /** The signal's own reason passes through untouched. */
  async function read<Reply>(permission: string, schema: z.ZodType<Reply>, send: () => Promise<unknown>): Promise<Reply> {
    let output: unknown;
    try {
      signal.throwIfAborted();
      output = await send();
    } catch (error) {
      signal.throwIfAborted();
      throw awsFailure(permission, error);
    }
    const reply = schema.safeParse(output);
    if (!reply.success) throw unknownShape(permission, reply.error);
    return reply.data;
  }

  return {
    async services(cluster, names) {
      const services: EcsService[] = [];
      const missing: string[] = [];
      for (const some of chunks(names, servicesPerCall)) {
        const command = new DescribeServicesCommand({ cluster, services: some });
        const reply = await read('ecs:DescribeServices', DescribeServicesReply, () => client.send(command, options));
        services.push(...reply.services);
        missing.push(...some.filter((name) => !reply.services.some((service) => service.serviceName === name)));
      }
      return { services, missing };
    },

    serviceArns: (cluster) =>
      paged(maxPages * pageSize, async (nextToken) => {
        const command = new ListServicesCommand({ cluster, nextToken, maxResults: pageSize });
        const reply = await read('ecs:ListServices', ListServicesReply, () => client.send(command, options));
        return { items: reply.serviceArns, nextToken: reply.nextToken };
      }),

    taskArns: (cluster, service, status, limit) =>
      paged(limit, async (nextToken) => {
        const command = new ListTasksCommand({ cluster, serviceName: service, desiredStatus: status, nextToken, maxResults: pageSize });
        const reply = await read('ecs:ListTasks', ListTasksReply, () => client.send(command, options));
        return { items: reply.taskArns, nextToken: reply.nextToken };
      }),

    async tasks(cluster, arns) {
      const tasks: EcsTask[] = [];
      for (const some of chunks(arns, tasksPerCall)) {
        const command = new DescribeTasksCommand({ cluster, tasks: some });
        tasks.push(...(await read('ecs:DescribeTasks', DescribeTasksReply, () => client.send(command, options))).tasks);
      }
      return tasks;
    },

    serviceDeployments: (cluster, service, limit) =>
      paged(limit, async (nextToken) => {
        const command = new ListServiceDeploymentsCommand({ cluster, service, nextToken, maxResults: Math.min(limit, pageSize) });
        const reply = await read('ecs:ListServiceDeployments', ListServiceDeploymentsReply, () => client.send(command, options));
        return { items: reply.serviceDeployments, nextToken: reply.nextToken };
      }),

    async taskDefinitions(revisionArns) {
      const found = new Map<string, string>();
      for (const some of chunks([...new Set(revisionArns)], revisionsPerCall)) {
        const command = new DescribeServiceRevisionsCommand({ serviceRevisionArns: some });
        const reply = await read('ecs:DescribeServiceRevisions', DescribeServiceRevisionsReply, () => client.send(command, options));
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
