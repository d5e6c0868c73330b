/** What pipelines and operators do to the services of a cluster, by the calls of ECS and Application Auto Scaling: on AWS as in the sandbox. */
import {
  DeregisterScalableTargetCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  type DeploymentConfiguration,
  DescribeTaskDefinitionCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { z } from 'zod';
import type { StageCluster } from '../../stage/stage.ts';
import { action, type ProviderModule, probe } from './provider.ts';
import { RevisionChange, revisionWith } from './revision.ts';

const Service = z.string().min(1);
const Count = z.int().min(0).max(50);
const percent = z.int().min(0).max(200).optional();

const Deploy = RevisionChange.extend({
  service: Service,
  /** false: ECS goes on trying whatever becomes of the new tasks; absent: as the service has it. */
  circuitBreaker: z.boolean().optional(),
  minimumHealthyPercent: percent,
  maximumPercent: percent,
});
type Deploy = z.infer<typeof Deploy>;

const deploy = action({
  arguments: Deploy,
  strikes: ({ service }: Deploy) => [service],
  scope: 'each-cluster',
  async run({ service, circuitBreaker, minimumHealthyPercent, maximumPercent, ...change }: Deploy, { cluster }) {
    const before = await cluster.control.service(service);
    const { ecs } = cluster.control.clients;
    const { taskDefinition: running } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: before.taskDefinition }));
    if (!running) throw new Error(`the task definition that ${service} runs cannot be described`);
    const { taskDefinition: next } = await ecs.send(new RegisterTaskDefinitionCommand(revisionWith(running, change)));
    const had = before.deploymentConfiguration ?? {};
    const configuration: DeploymentConfiguration = {
      ...had,
      ...(minimumHealthyPercent !== undefined && { minimumHealthyPercent }),
      ...(maximumPercent !== undefined && { maximumPercent }),
      ...(circuitBreaker !== undefined && { deploymentCircuitBreaker: { enable: circuitBreaker, rollback: circuitBreaker } }),
    };
    await update(cluster, service, { taskDefinition: next?.taskDefinitionArn, deploymentConfiguration: configuration });
    return async () => {
      const { taskDefinition } = await cluster.control.service(service);
      // Somebody may have gone back already: a second deployment of the same revision would be a restart.
      const isBack = taskDefinition === before.taskDefinition;
      await update(cluster, service, { ...(!isBack && { taskDefinition: before.taskDefinition }), deploymentConfiguration: had });
    };
  },
});

const OneService = z.strictObject({ service: Service });
type OneService = z.infer<typeof OneService>;

const restart = action({
  arguments: OneService,
  strikes: ({ service }: OneService) => [service],
  scope: 'each-cluster',
  async run({ service }: OneService, { cluster }) {
    await update(cluster, service, { forceNewDeployment: true });
    return undefined;
  },
});

const Scale = z.strictObject({ service: Service, count: Count });
type Scale = z.infer<typeof Scale>;

const scale = action({
  arguments: Scale,
  strikes: ({ service }: Scale) => [service],
  scope: 'each-cluster',
  async run({ service, count }: Scale, { cluster }) {
    const { desiredCount } = await cluster.control.service(service);
    await update(cluster, service, { desiredCount: count });
    return () => update(cluster, service, { desiredCount });
  },
});

const StopTasks = z.strictObject({
  service: Service,
  count: z.union([z.literal('all'), z.int().min(1).max(50)]),
  /** What the task gives as its reason; ECS's own words without it. */
  because: z.string().min(1).max(255).optional(),
});
type StopTasks = z.infer<typeof StopTasks>;

const stopTasks = action({
  arguments: StopTasks,
  strikes: ({ service }: StopTasks) => [service],
  scope: 'each-cluster',
  async run({ service, count, because }: StopTasks, { cluster, random }) {
    const tasks = await runningTaskArns(cluster, service);
    const chosen = count === 'all' ? tasks : drawn(tasks, count, random);
    const { ecs } = cluster.control.clients;
    for (const task of chosen) await ecs.send(new StopTaskCommand({ cluster: cluster.control.cluster, task, reason: because }));
    // ECS starts others.
    return undefined;
  },
});

const Schedule = z.strictObject({
  service: Service,
  min: Count,
  max: Count,
  /** Seconds of the wall clock until the action is due; a schedule is not divided by the pace. */
  dueIn: z.int().min(1).max(60).default(2),
});
type Schedule = z.infer<typeof Schedule>;

const schedule = action({
  arguments: Schedule,
  strikes: ({ service }: Schedule) => [service],
  scope: 'each-cluster',
  async run({ service, min, max, dueIn }: Schedule, { cluster }) {
    const { desiredCount = 0 } = await cluster.control.service(service);
    const { scaling } = cluster.control.clients;
    const target = {
      ServiceNamespace: 'ecs',
      ResourceId: `service/${cluster.control.cluster}/${service}`,
      ScalableDimension: 'ecs:service:DesiredCount',
    } as const;
    await scaling.send(new RegisterScalableTargetCommand({ ...target, MinCapacity: desiredCount, MaxCapacity: desiredCount }));
    await scaling.send(
      new PutScheduledActionCommand({
        ...target,
        ScheduledActionName: 'business-hours',
        Schedule: `at(${new Date(Date.now() + dueIn * 1000).toISOString().slice(0, 19)})`,
        ScalableTargetAction: { MinCapacity: min, MaxCapacity: max },
      }),
    );
    return async () => {
      // Its scheduled actions go with it; a second time there is none to take away.
      await scaling.send(new DeregisterScalableTargetCommand(target)).catch((error: unknown) => {
        if (!(error instanceof Error && error.name === 'ObjectNotFoundException')) throw error;
      });
      await update(cluster, service, { desiredCount });
    };
  },
});

const runningShare = probe({
  arguments: OneService,
  async read({ service }: OneService, { cluster }) {
    const { running, desired } = await cluster.capacity(service);
    return desired === 0 ? 1 : running / desired;
  },
});

/** 1 while a single deployment stands, completed, with all its tasks; 0 otherwise. */
const settled = probe({
  arguments: OneService,
  async read({ service }: OneService, { cluster }) {
    const { deployments = [], runningCount, desiredCount } = await cluster.control.service(service);
    return deployments.length === 1 && deployments[0]?.rolloutState === 'COMPLETED' && runningCount === desiredCount ? 1 : 0;
  },
});

export const ecs: ProviderModule = {
  name: 'ecs',
  actions: { deploy, restart, scale, 'stop-tasks': stopTasks, schedule },
  probes: { 'running-share': runningShare, settled },
};

type Update = ConstructorParameters<typeof UpdateServiceCommand>[0];

async function update({ control }: StageCluster, service: string, change: Omit<Update, 'cluster' | 'service'>): Promise<void> {
  await control.clients.ecs.send(new UpdateServiceCommand({ cluster: control.cluster, service, ...change }));
}

/** In an order that is the same for every cluster as far as it can be: that in which ECS lists them. */
export async function runningTaskArns({ control }: StageCluster, service: string): Promise<string[]> {
  const { taskArns } = await control.clients.ecs.send(
    new ListTasksCommand({ cluster: control.cluster, serviceName: service, desiredStatus: 'RUNNING' }),
  );
  return taskArns ?? [];
}

export function drawn<T>(from: readonly T[], count: number, random: () => number): T[] {
  const rest = [...from];
  const chosen: T[] = [];
  while (chosen.length < count && rest.length > 0) chosen.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return chosen;
}
