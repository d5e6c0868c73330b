/**
 * A service on Fargate as we want each: it rolls back by itself when its tasks do not come up, writes its lines to a group of its own, runs
 * in private subnets, and nobody gets a shell in it. How many tasks run is not Terraform's: operators, schedules and the agent change that.
 */
import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { EcsService } from '@cdktf/provider-aws/lib/ecs-service/index.js';
import { EcsTaskDefinition } from '@cdktf/provider-aws/lib/ecs-task-definition/index.js';
import { ServiceDiscoveryService } from '@cdktf/provider-aws/lib/service-discovery-service/index.js';
import { Construct } from 'constructs';
import { allowed, chaosTag, healTag, metricsPortTag, type Names } from '../names.ts';
import type { Size } from '../settings/sizes.ts';

/** Where a service runs. */
export interface ServicePlace {
  names: Names;
  region: string;
  cluster: string;
  subnetIds: string[];
  securityGroupIds: string[];
  logDays: number;
  /** Id of the namespace in which tasks find each other by name. */
  namespaceId: string;
}

export interface ServiceSettings {
  place: ServicePlace;
  name: string;
  /** In front of the service's name in the family; the environment's prefix unless given. */
  familyPrefix?: string;
  containers: readonly ContainerDefinition[];
  size: Size;
  count: number;
  /** What runs in the task acts under this role. */
  taskRoleArn?: string;
  /** ECS itself pulls images, reads secrets and writes logs under this one. */
  startRoleArn: string;
  /** Empty folders the containers may write to. */
  volumes?: readonly string[];
  target?: { groupArn: string; container: string; port: number };
  /** The agent may mend it. */
  isHealed?: boolean;
  /** Faults may be done to it: FIS asks for these two of a task. */
  isBroken?: boolean;
  /** A pipeline brings revisions of its own; Terraform then says only what they are made from. */
  isDeployedByPipeline?: boolean;
  graceSeconds?: number;
  /** Where the task shows its metrics to Prometheus, when it does. */
  metricsPort?: number;
}

export class FargateService extends Construct {
  readonly service: EcsService;

  constructor(scope: Construct, id: string, settings: ServiceSettings) {
    super(scope, id);
    const { place, name, target } = settings;
    const definition = this.definition(settings);
    const tags = {
      ...(settings.isHealed ? { [healTag]: allowed } : {}),
      ...(settings.metricsPort === undefined ? {} : { [metricsPortTag]: String(settings.metricsPort) }),
      ...(settings.isBroken ? { [chaosTag]: allowed, 'kintsugi:service': name } : {}),
    };
    this.service = new EcsService(this, 'service', {
      name,
      cluster: place.names.arn('ecs', `cluster/${place.cluster}`),
      taskDefinition: definition.arn,
      desiredCount: settings.count,
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      enableExecuteCommand: false,
      enableEcsManagedTags: true,
      // Rights and experiments ask a task for its tags, not its service.
      propagateTags: 'SERVICE',
      networkConfiguration: {
        subnets: place.subnetIds,
        securityGroups: place.securityGroupIds,
        assignPublicIp: false,
      },
      serviceRegistries: { registryArn: this.discovery(settings).arn },
      ...(target
        ? {
            loadBalancer: [{ targetGroupArn: target.groupArn, containerName: target.container, containerPort: target.port }],
            healthCheckGracePeriodSeconds: settings.graceSeconds ?? 60,
          }
        : {}),
      tags,
      lifecycle: { ignoreChanges: ['desired_count', ...(settings.isDeployedByPipeline ? ['task_definition'] : [])] },
    });
  }

  private definition(settings: ServiceSettings): EcsTaskDefinition {
    const { place, name, size, taskRoleArn, volumes = [], isBroken = false } = settings;
    const group = new CloudwatchLogGroup(this, 'logs', {
      name: place.names.logGroup(place.cluster, name),
      retentionInDays: place.logDays,
    });
    const containers = settings.containers.map((container) => ({
      ...container,
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': group.name, 'awslogs-region': place.region, 'awslogs-stream-prefix': 'task' },
      },
    })) satisfies ContainerDefinition[];
    return new EcsTaskDefinition(this, 'definition', {
      family: `${settings.familyPrefix ?? place.names.prefix}-${name}`,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: String(size.cpu),
      memory: String(size.memory),
      runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
      executionRoleArn: settings.startRoleArn,
      ...(taskRoleArn ? { taskRoleArn } : {}),
      volume: volumes.map((volume) => ({ name: volume })),
      ...(isBroken ? { pidMode: 'task', enableFaultInjection: true } : {}),
      containerDefinitions: JSON.stringify(containers),
    });
  }

  private discovery({ place, name }: ServiceSettings): ServiceDiscoveryService {
    return new ServiceDiscoveryService(this, 'discovery', {
      name,
      dnsConfig: { namespaceId: place.namespaceId, routingPolicy: 'MULTIVALUE', dnsRecords: [{ type: 'A', ttl: 10 }] },
      // ECS itself says which task is well.
      healthCheckCustomConfig: { failureThreshold: 1 },
    });
  }
}

/** What every container of ours has unless it cannot: no way to write to its image, no more rights than it was born with. */
export const hardened = {
  essential: true,
  readonlyRootFilesystem: true,
  privileged: false,
  linuxParameters: { initProcessEnabled: true, capabilities: { drop: ['ALL'] } },
  stopTimeout: 60,
} satisfies ContainerDefinition;

/** Name → value as ECS wants it, in the order of names: a task definition must not change because an object did. */
export function environmentOf(values: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}
