/** One ECS service as the actions see it, the snapshot a plan is pinned to, and the comparison that refuses once the service moved. */
import { DescribeServicesCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import type { Resource } from '../../domain/alert.ts';
import type { BlastRadius, NotPossible, Outcome, Plan } from '../../domain/plan.ts';
import type { Right } from '../action.ts';
import { type CallContext, readOnce, unreadable } from '../aws/call.ts';

const Deployment = z.object({
  id: z.string().min(1),
  status: z.string(),
  taskDefinition: z.string().min(1),
  rolloutState: z.string().default('UNKNOWN'),
  rolloutStateReason: z.string().default(''),
  createdAt: z.date(),
  runningCount: z.int().min(0).default(0),
  pendingCount: z.int().min(0).default(0),
});

const Service = z.object({
  serviceName: z.string(),
  serviceArn: z.string().min(1),
  clusterArn: z.string(),
  status: z.string(),
  desiredCount: z.int().min(0),
  runningCount: z.int().min(0),
  pendingCount: z.int().min(0),
  schedulingStrategy: z.string().default('REPLICA'),
  deploymentController: z.object({ type: z.string() }).default({ type: 'ECS' }),
  deploymentConfiguration: z
    .object({
      minimumHealthyPercent: z.number().default(100),
      maximumPercent: z.number().default(200),
      strategy: z.string().default('ROLLING'),
    })
    .default({ minimumHealthyPercent: 100, maximumPercent: 200, strategy: 'ROLLING' }),
  deployments: z.array(Deployment),
});
const Services = z.object({ services: z.array(Service).default([]) });

export type EcsDeployment = z.infer<typeof Deployment>;
export interface EcsService extends z.infer<typeof Service> {
  primary: EcsDeployment;
}

/** What a plan is pinned to. Times are ECS's own, never compared with our clock. */
export const ServiceSnapshot = z.object({
  deploymentId: z.string().min(1),
  deploymentCreatedAt: z.iso.datetime(),
  taskDefinition: z.string().min(1),
  desiredCount: z.int().min(0),
  /** Absent in plans of version 0.1. */
  serviceArn: z.string().min(1).optional(),
});
export type ServiceSnapshot = z.infer<typeof ServiceSnapshot>;

/** The one active service of that exact name, or why there is none. Raises UpstreamError when ECS cannot be read. */
export async function readService(reader: ECSClient, target: Resource, context: CallContext): Promise<EcsService | NotPossible> {
  const { cluster, service } = target;
  const { services: found } = await readOnce('ecs:DescribeServices', Services, context, (options) =>
    reader.send(new DescribeServicesCommand({ cluster, services: [service] }), options),
  );
  const view = found[0];
  if (!view) return { notPossible: `cluster ${cluster} has no service ${service}` };
  if (found.length > 1) return { notPossible: `ECS answered ${found.length} services for ${cluster}/${service}; exactly one is needed` };
  if (view.serviceName !== service || view.clusterArn.split('/').at(-1) !== cluster) {
    return { notPossible: `ECS answered ${view.clusterArn} ${view.serviceName} when asked for ${cluster}/${service}` };
  }
  if (view.status !== 'ACTIVE') return { notPossible: `service ${service} is ${view.status}, not ACTIVE` };
  const primary = view.deployments.filter((deployment) => deployment.status === 'PRIMARY');
  if (primary.length !== 1 || !primary[0]) return { notPossible: `service ${service} has ${primary.length} PRIMARY deployments` };
  return { ...view, primary: primary[0] };
}

/** The plan of an action on one service. Nothing is read with parameters its schema refuses, nothing planned for a service that is not there. */
export async function planOn<Params extends Resource>(
  reader: ECSClient,
  params: { ok: Params } | NotPossible,
  context: CallContext,
  planFor: (params: Params, view: EcsService) => Plan | NotPossible | Promise<Plan | NotPossible>,
): Promise<Plan | NotPossible> {
  if ('notPossible' in params) return params;
  const view = await readService(reader, params.ok, context);
  return 'notPossible' in view ? view : planFor(params.ok, view);
}

export function snapshotOf(view: EcsService): ServiceSnapshot {
  return {
    deploymentId: view.primary.id,
    deploymentCreatedAt: view.primary.createdAt.toISOString(),
    taskDefinition: view.primary.taskDefinition,
    desiredCount: view.desiredCount,
    serviceArn: view.serviceArn,
  };
}

/** The right to make this call on the service of the snapshot. */
export function rightOn({ serviceArn }: ServiceSnapshot, action: `ecs:${string}`): Right {
  return { action, resource: serviceArn ?? '*' };
}

/** How the service differs from the snapshot, or null when it stands as planned. */
export function movedSince(snapshot: ServiceSnapshot, view: EcsService): string | null {
  const now = snapshotOf(view);
  const changes: string[] = [];
  if (now.deploymentId !== snapshot.deploymentId) changes.push(`deployment ${snapshot.deploymentId} → ${now.deploymentId}`);
  if (now.taskDefinition !== snapshot.taskDefinition) changes.push(`task definition ${snapshot.taskDefinition} → ${now.taskDefinition}`);
  if (now.desiredCount !== snapshot.desiredCount) changes.push(`desired count ${snapshot.desiredCount} → ${now.desiredCount}`);
  return changes.length > 0 ? `the service moved since the plan: ${changes.join(', ')}` : null;
}

/** Why no change of this service may start now: a deployment that has not come to rest. */
export function deploymentInProgress(view: EcsService): string | null {
  if (view.primary.rolloutState !== 'COMPLETED') {
    return `deployment ${view.primary.id} is ${view.primary.rolloutState}: its revision has not reached a steady state`;
  }
  const others = view.deployments.filter((deployment) => deployment.status === 'ACTIVE');
  return others.length > 0 ? `a deployment is in progress: ${others.map((deployment) => deployment.id).join(', ')} still drains` : null;
}

/** Why ECS's own rolling deployments are not what drives this service. */
export function notRolledByEcs(view: EcsService): string | null {
  if (view.deploymentController.type !== 'ECS') return `its deployments are driven by ${view.deploymentController.type}, not by ECS`;
  if (view.schedulingStrategy !== 'REPLICA')
    return `its scheduling strategy is ${view.schedulingStrategy}; only REPLICA services are supported`;
  const { strategy } = view.deploymentConfiguration;
  return strategy === 'ROLLING' ? null : `its deployment strategy is ${strategy}; only ROLLING is supported`;
}

/**
 * How a rolling replacement of all tasks bears on capacity: of the tasks that run now, how many may be stopped before others serve. Where none
 * runs there is none to lose. `stuck` when its percentages let no task start or stop.
 */
export function rollingRadius(view: EcsService): { tasks: number; shareOfCapacity: number; stuck: boolean } {
  const desired = view.desiredCount;
  const { minimumHealthyPercent, maximumPercent } = view.deploymentConfiguration;
  // ECS rounds the minimum up and the maximum down.
  const kept = Math.ceil((desired * minimumHealthyPercent) / 100);
  const maySurge = Math.max(0, Math.floor((desired * maximumPercent) / 100) - desired);
  const mayStop = Math.max(0, Math.min(desired, view.runningCount) - kept);
  return { tasks: desired, shareOfCapacity: desired === 0 ? 1 : mayStop / desired, stuck: desired <= kept && maySurge === 0 };
}

/** How a service is read that somebody else deploys. */
export interface ServiceReads {
  reader: ECSClient;
  timeoutMs: number;
}

/** What a rolling deployment of the service can touch. */
export async function rollingReach(
  { reader, timeoutMs }: ServiceReads,
  target: Resource,
  signal: AbortSignal,
): Promise<BlastRadius | NotPossible> {
  const view = await readService(reader, target, { signal, timeoutMs });
  if ('notPossible' in view) return view;
  const { tasks, shareOfCapacity } = rollingRadius(view);
  return { services: 1, tasks, shareOfCapacity };
}

/** Answers what `judge` reads off the service; `unknown` only when it cannot be read, `no` when the service is gone. */
export async function lookAt(
  reader: ECSClient,
  target: Resource,
  context: CallContext,
  judge: (view: EcsService) => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  try {
    const view = await readService(reader, target, context);
    return 'notPossible' in view ? { applied: 'no', detail: view.notPossible } : await judge(view);
  } catch (error) {
    return unreadable(error, 'unknown', context.signal);
  }
}

/** Reads the service right before a change and goes on only when `check` has nothing against it. A failed read is `no`: nothing was sent. */
export async function compareAndSet(
  reader: ECSClient,
  target: Resource,
  context: CallContext,
  check: (view: EcsService) => string | null | Promise<string | null>,
  change: () => Promise<Outcome>,
): Promise<Outcome> {
  let against: string | null;
  try {
    const view = await readService(reader, target, context);
    against = 'notPossible' in view ? view.notPossible : await check(view);
  } catch (error) {
    return unreadable(error, 'no', context.signal);
  }
  return against === null ? await change() : { applied: 'no', detail: against };
}
