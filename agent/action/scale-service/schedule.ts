/** Reads what Application Auto Scaling holds for a service: the bounds in force, and the schedule that changes them. Changes nothing. */
import {
  type ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScheduledActionsCommand,
} from '@aws-sdk/client-application-auto-scaling';
import type { Resource } from '../../domain/alert.ts';
import { UpstreamError } from '../../domain/errors.ts';
import { type CallContext, readOnce } from '../aws/call.ts';
import { ScalableTargets, type ScheduledAction, ScheduledActions } from './schema.ts';

export interface Schedule {
  /** Tasks; null when Application Auto Scaling does not know the service. */
  bounds: { min: number; max: number } | null;
  actions: ScheduledAction[];
}

// A page holds 50 of them; a service with more has no schedule anybody could follow.
const maxPages = 4;

/** Raises UpstreamError when it cannot be read: what is planned is then not known. */
export async function readSchedule(
  reader: ApplicationAutoScalingClient,
  { cluster, service }: Resource,
  context: CallContext,
): Promise<Schedule> {
  const ResourceId = `service/${cluster}/${service}`;
  const scope = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' } as const;
  const { ScalableTargets: targets } = await readOnce(
    'application-autoscaling:DescribeScalableTargets',
    ScalableTargets,
    context,
    (options) => reader.send(new DescribeScalableTargetsCommand({ ...scope, ResourceIds: [ResourceId] }), options),
  );
  const target = targets.find((one) => one.ResourceId === ResourceId);
  if (!target) return { bounds: null, actions: [] };
  const actions: ScheduledAction[] = [];
  let NextToken: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const answer = await readOnce('application-autoscaling:DescribeScheduledActions', ScheduledActions, context, (options) =>
      reader.send(new DescribeScheduledActionsCommand({ ...scope, ResourceId, NextToken }), options),
    );
    actions.push(...answer.ScheduledActions);
    NextToken = answer.NextToken;
    if (!NextToken) return { bounds: { min: target.MinCapacity, max: target.MaxCapacity }, actions };
  }
  throw new UpstreamError('application-autoscaling', 'client', `${ResourceId} has more scheduled actions than are read`);
}
