/** A task in the shape of DescribeTasks. */
import { createHash } from 'node:crypto';
import type { Container as ContainerShape, Task as TaskShape } from '@aws-sdk/client-ecs';
import { type Account, arnOf } from './arn.ts';
import type { Container, Task } from './model.ts';
import { tagsOut } from './operations/input.ts';
import { containerHealth } from './scheduler/census.ts';

export function describeTask(account: Account, task: Task, withTags: boolean): TaskShape {
  const { input } = task.taskDefinition;
  return {
    taskArn: task.arn,
    clusterArn: arnOf(account, `cluster/${task.cluster}`),
    taskDefinitionArn: task.taskDefinition.arn,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    group: task.group,
    startedBy: task.startedBy,
    version: task.version,
    launchType: 'FARGATE',
    ...(task.capacityProvider === undefined ? {} : { capacityProviderName: task.capacityProvider }),
    platformVersion: '1.4.0',
    platformFamily: 'Linux',
    availabilityZone: `${account.region}a`,
    connectivity: 'CONNECTED',
    healthStatus: containerHealth(task),
    cpu: input.cpu ?? '256',
    memory: input.memory ?? '512',
    containers: task.containers.map((container) => describeContainer(account, task, container)),
    attachments: [],
    attributes: [],
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [] },
    tags: withTags ? tagsOut(task.tags) : [],
    createdAt: new Date(task.createdAt),
    ...dates({
      pullStartedAt: task.pullStartedAt,
      pullStoppedAt: task.pullStoppedAt,
      startedAt: task.startedAt,
      stoppingAt: task.stoppingAt,
      executionStoppedAt: task.executionStoppedAt,
      stoppedAt: task.stoppedAt,
    }),
    ...(task.stopCode === undefined ? {} : { stopCode: task.stopCode }),
    ...(task.stoppedReason === undefined ? {} : { stoppedReason: task.stoppedReason }),
  };
}

function dates(times: Record<string, number | undefined>): Record<string, Date> {
  return Object.fromEntries(Object.entries(times).flatMap(([name, at]) => (at === undefined ? [] : [[name, new Date(at)]])));
}

function describeContainer(account: Account, task: Task, container: Container): ContainerShape {
  const digest = createHash('sha256').update(container.image).digest('hex');
  const { containerPort } = container;
  return {
    containerArn: arnOf(account, `container/${task.cluster}/${task.id}/${container.name}`),
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    imageDigest: `sha256:${digest}`,
    runtimeId: `${task.id}-${container.name}`,
    lastStatus: container.lastStatus,
    healthStatus: container.health,
    networkBindings:
      containerPort === undefined || task.hostPort === null
        ? []
        : [{ bindIP: '127.0.0.1', containerPort, hostPort: task.hostPort, protocol: 'tcp' }],
    networkInterfaces: [{ attachmentId: task.id, privateIpv4Address: '127.0.0.1' }],
    ...(container.exitCode === undefined ? {} : { exitCode: container.exitCode }),
    ...(container.reason === undefined ? {} : { reason: container.reason }),
  };
}
