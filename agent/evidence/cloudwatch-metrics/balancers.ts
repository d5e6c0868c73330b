/** Finds the target groups of services, for CloudWatch knows load balancers but not whose they are. */
import { DescribeServicesCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { DescribeTargetGroupsCommand, type ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { AwsRead } from '../aws-reader.ts';
import type { TargetGroup } from './metrics.ts';
import { DescribeServicesReply, DescribeTargetGroupsReply } from './schema.ts';

const servicesPerCall = 10;
const groupsPerCall = 20;

export interface BalancerClients {
  ecs: ECSClient;
  elbv2: ElasticLoadBalancingV2Client;
}

/** By service. A group that no load balancer uses has no metrics and is left out. */
export async function targetGroupsOf(
  { ecs, elbv2 }: BalancerClients,
  read: AwsRead,
  cluster: string,
  services: readonly string[],
): Promise<Map<string, TargetGroup[]>> {
  const arns = new Map<string, string[]>();
  for (const names of chunks(services, servicesPerCall)) {
    const command = new DescribeServicesCommand({ cluster, services: names });
    const reply = await read('ecs:DescribeServices', DescribeServicesReply, (options) => ecs.send(command, options));
    for (const { serviceName, loadBalancers } of reply.services) {
      arns.set(
        serviceName,
        loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []),
      );
    }
  }
  const groups = new Map<string, TargetGroup[]>();
  for (const some of chunks([...new Set([...arns.values()].flat())], groupsPerCall)) {
    const command = new DescribeTargetGroupsCommand({ TargetGroupArns: some });
    const permission = 'elasticloadbalancing:DescribeTargetGroups';
    const reply = await read(permission, DescribeTargetGroupsReply, (options) => elbv2.send(command, options));
    for (const { TargetGroupArn, LoadBalancerArns } of reply.TargetGroups) {
      const names = LoadBalancerArns.map((arn) => ({
        targetGroup: endOf(TargetGroupArn),
        loadBalancer: endOf(arn).slice('loadbalancer/'.length),
      }));
      groups.set(TargetGroupArn, names);
    }
  }
  return new Map([...arns].map(([service, ofService]) => [service, ofService.flatMap((arn) => groups.get(arn) ?? [])]));
}

/** `targetgroup/name/id` and `loadbalancer/app/name/id`: what follows the account. */
function endOf(arn: string): string {
  return arn.split(':').slice(5).join(':');
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
