/** CreateCluster, DescribeClusters, ListClusters, DeleteCluster. */
import type { Cluster as ClusterShape } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { type Operations, ServiceException } from '../../wire/operation.ts';
import { arnOf, lastSegment } from '../arn.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { Cluster } from '../model.ts';
import { page, pageFields, read, tagList, tagsOut } from './input.ts';

/** ECS uses the cluster named `default` when none is given. */
const defaultCluster = 'default';

export function requireCluster(plane: ControlPlane, nameOrArn: string | undefined): Cluster {
  const cluster = plane.clusters.get(lastSegment(nameOrArn ?? defaultCluster));
  if (cluster === undefined || cluster.status === 'INACTIVE') throw new ServiceException('ClusterNotFoundException', 'Cluster not found.');
  return cluster;
}

export function clusterOperations(plane: ControlPlane): Operations {
  return {
    CreateCluster: (input) => {
      const request = read(z.looseObject({ clusterName: z.string().optional(), tags: tagList }), input);
      const name = request.clusterName ?? defaultCluster;
      const known = plane.clusters.get(name);
      if (known?.status === 'ACTIVE') return { cluster: describe(plane, known) };
      const { clusterName: _, tags, ...echoed } = request;
      const cluster: Cluster = { name, arn: arnOf(plane.options.account, `cluster/${name}`), status: 'ACTIVE', tags, echoed };
      plane.clusters.set(name, cluster);
      return { cluster: describe(plane, cluster) };
    },
    DescribeClusters: (input) => {
      const request = read(z.looseObject({ clusters: z.array(z.string()).optional() }), input);
      const clusters: ClusterShape[] = [];
      const failures: { arn: string; reason: string }[] = [];
      for (const asked of request.clusters ?? [defaultCluster]) {
        const name = lastSegment(asked);
        const cluster = plane.clusters.get(name);
        if (cluster === undefined) failures.push({ arn: arnOf(plane.options.account, `cluster/${name}`), reason: 'MISSING' });
        else clusters.push(describe(plane, cluster));
      }
      return { clusters, failures };
    },
    ListClusters: (input) => {
      const request = read(z.looseObject(pageFields), input);
      const arns = [...plane.clusters.values()].filter((cluster) => cluster.status === 'ACTIVE').map((cluster) => cluster.arn);
      const { items, nextToken } = page(arns, request);
      return { clusterArns: items, nextToken };
    },
    DeleteCluster: (input) => {
      const request = read(z.looseObject({ cluster: z.string() }), input);
      const cluster = requireCluster(plane, request.cluster);
      const shape = describe(plane, cluster);
      if ((shape.activeServicesCount ?? 0) > 0) {
        throw new ServiceException('ClusterContainsServicesException', 'The Cluster cannot be deleted while Services are active.');
      }
      if ((shape.runningTasksCount ?? 0) + (shape.pendingTasksCount ?? 0) > 0) {
        throw new ServiceException('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.');
      }
      cluster.status = 'INACTIVE';
      return { cluster: describe(plane, cluster) };
    },
  };
}

function describe(plane: ControlPlane, cluster: Cluster): ClusterShape {
  const tasks = [...plane.tasks.values()].filter((task) => task.cluster === cluster.name);
  const services = [...plane.services.values()].filter((service) => service.cluster === cluster.name && service.status === 'ACTIVE');
  return {
    ...cluster.echoed,
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: 0,
    runningTasksCount: tasks.filter((task) => task.lastStatus === 'RUNNING').length,
    pendingTasksCount: tasks.filter((task) => ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(task.lastStatus)).length,
    activeServicesCount: services.length,
    tags: tagsOut(cluster.tags),
  };
}
