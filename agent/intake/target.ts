/** From an alert's labels to the one ECS service it is about, checked against the inventory before it becomes a target. */
import type { Resource } from '../domain/alert.ts';
import type { Inventory } from '../incident/inventory.ts';
import type { ReceivedAlert } from '../incident/store.ts';

/** What ECS allows in names of clusters and services. */
const ecsName = /^[A-Za-z0-9_-]{1,255}$/;

/** One notification that names more clusters than this is no notification of ours; each costs a look at AWS. */
const maxClusters = 16;

export interface Target {
  target: ReceivedAlert['target'];
  notes: string[];
}

/**
 * The target of each label set, in order. A cluster is looked up once; one that cannot be read declines nothing. Labels that name no
 * cluster mean `defaultCluster`. `clusters` holds those that the same notification named before.
 */
export async function findTargets(
  labelSets: readonly Readonly<Record<string, string>>[],
  inventory: Inventory,
  defaultCluster?: string,
  clusters: Set<string> = new Set(),
): Promise<Target[]> {
  const named = labelSets.map((labels) => namedResource(labels, defaultCluster));
  for (const one of named) if (!('declined' in one) && clusters.size < maxClusters) clusters.add(one.cluster);
  const services = new Map(await Promise.all([...clusters].map(async (cluster) => [cluster, await read(inventory, cluster)] as const)));
  return named.map((one) => {
    if ('declined' in one) return { target: one, notes: [] };
    const known = services.get(one.cluster);
    if (known === undefined) {
      return declined(`the notification names more than ${maxClusters} ECS clusters; ${quoted(one.cluster)} was not looked up`);
    }
    if (known === null) {
      return { target: { resource: one }, notes: [`the services of cluster ${one.cluster} could not be read: the name is unchecked`] };
    }
    if (known.has(one.service)) return { target: { resource: one }, notes: [] };
    return declined(`cluster ${quoted(one.cluster)} has no service ${quoted(one.service)} that the agent may look at`);
  });
}

async function read(inventory: Inventory, cluster: string): Promise<ReadonlySet<string> | null> {
  const names = await inventory.services(cluster);
  return names && new Set(names);
}

/** The service that labels name, or why they name none; whether it exists is not looked up. */
export function namedResource(labels: Readonly<Record<string, string>>, defaultCluster?: string): Resource | { declined: string } {
  const cluster = labels.ecs_cluster ?? defaultCluster;
  const service = labels.ecs_service ?? labels.service;
  if (!labels.alertname) return { declined: 'the alert has no label alertname' };
  if (!cluster) return { declined: 'the alert has no label ecs_cluster: it is about no ECS service the agent could find' };
  if (!service) return { declined: 'the alert has neither label ecs_service nor label service' };
  if (!ecsName.test(cluster)) return { declined: `label ecs_cluster is no ECS name: ${quoted(cluster)}` };
  if (!ecsName.test(service)) return { declined: `label ecs_service or service is no ECS name: ${quoted(service)}` };
  return { cluster, service };
}

function declined(reason: string): Target {
  return { target: { declined: reason }, notes: [] };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
