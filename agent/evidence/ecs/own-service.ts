/** Which ECS service the agent itself runs in, so that it never changes that one. Asked once, at the start. */
import { DescribeTasksCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import type { Resource } from '../../domain/alert.ts';
import { UpstreamError } from '../../domain/errors.ts';
import { createAwsReader } from '../aws-reader.ts';
import { Meter } from '../meter.ts';

/** Of the task metadata endpoint, version 4: cluster and task are there on Fargate and on EC2, the service's name is not. */
const Metadata = z.object({ Cluster: z.string().min(1), TaskARN: z.string().min(1) });
const Tasks = z.object({ tasks: z.array(z.object({ group: z.string().optional() })) });

const deadlineMs = 5_000;

/** Null when no service started the task. UpstreamError when it cannot be told. `metadataUrl`: what ECS gives its tasks as ECS_CONTAINER_METADATA_URI_V4. */
export async function ownService(metadataUrl: string, fetch: typeof globalThis.fetch, client: ECSClient): Promise<Resource | null> {
  const { Cluster, TaskARN } = await metadata(metadataUrl, fetch);
  const cluster = Cluster.slice(Cluster.lastIndexOf('/') + 1);
  const read = createAwsReader(AbortSignal.timeout(deadlineMs), new Meter('records'));
  const command = new DescribeTasksCommand({ cluster, tasks: [TaskARN] });
  const { tasks } = await read('ecs:DescribeTasks', Tasks, (options) => client.send(command, options));
  const service = /^service:(.+)$/.exec(tasks[0]?.group ?? '')?.[1];
  return service === undefined ? null : { cluster, service };
}

async function metadata(url: string, fetch: typeof globalThis.fetch): Promise<z.infer<typeof Metadata>> {
  try {
    const response = await fetch(`${url}/task`, { signal: AbortSignal.timeout(deadlineMs) });
    return Metadata.parse(await response.json());
  } catch (error) {
    throw new UpstreamError('ecs', 'server', 'the metadata of the agent’s own task cannot be read', { cause: error });
  }
}
