/** The inventory as ECS tells it: names of the services of a cluster. Reads only; the cache keeps it from asking for every alert. */
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { Clock } from '../../domain/clock.ts';
import { UpstreamError } from '../../domain/errors.ts';
import { createCachedInventory, type Inventory } from '../../incident/inventory.ts';
import { awsErrorName } from '../aws-failure.ts';
import { createAwsReader } from '../aws-reader.ts';
import { Meter } from '../meter.ts';
import { createEcsCalls } from './calls.ts';

const deadlineMs = 10_000;

/** Cached as `createCachedInventory` does: fresh for 30 s, and on failure the last answer still counts for 10 minutes. */
export function createEcsInventory(client: ECSClient, clock: Clock): Inventory {
  return createCachedInventory({ services: (cluster) => listServices(client, cluster) }, clock);
}

async function listServices(client: ECSClient, cluster: string): Promise<readonly string[] | null> {
  // ECS takes a missing name for the cluster `default`.
  if (cluster === '') return [];
  try {
    const read = createAwsReader(AbortSignal.timeout(deadlineMs), new Meter('records'));
    const { items, isCut } = await createEcsCalls(client, read).serviceArns(cluster);
    return isCut ? null : items.map((arn) => arn.slice(arn.lastIndexOf('/') + 1)).sort();
  } catch (error) {
    if (error instanceof UpstreamError && awsErrorName(error.cause) === 'ClusterNotFoundException') return [];
    throw error;
  }
}
