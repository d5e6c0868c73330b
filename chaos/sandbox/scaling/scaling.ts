/**
 * Application Auto Scaling as far as it holds bounds of ECS services and runs scheduled actions. It reads the schedule by the wall clock, whatever
 * the pace, and has no policies: nothing scales by load.
 */
import { Cron } from 'croner';
import { z } from 'zod';
import type { ControlPlane } from '../ecs/control-plane.ts';
import { page, read } from '../ecs/operations/input.ts';
import { type ApiModule, ServiceException } from '../wire/operation.ts';

interface ScalableTarget {
  resourceId: string;
  min: number;
  max: number;
  createdAt: number;
}

interface ScheduledAction {
  resourceId: string;
  name: string;
  schedule: string;
  timezone: string;
  min: number | undefined;
  max: number | undefined;
  createdAt: number;
  /** The next run, milliseconds; null when there is none any more. */
  nextAt: number | null;
}

const dimension = 'ecs:service:DesiredCount';
const scope = { ServiceNamespace: z.literal('ecs'), ScalableDimension: z.literal(dimension).optional() };
const registration = z.looseObject({ ...scope, ResourceId: z.string(), MinCapacity: z.int().min(0), MaxCapacity: z.int().min(0) });
const target = z.looseObject({ ...scope, ResourceId: z.string() });
const targetQuestion = z.looseObject({ ...scope, ResourceIds: z.array(z.string()).optional(), NextToken: z.string().optional() });
const actionQuestion = z.looseObject({ ...scope, ResourceId: z.string().optional(), NextToken: z.string().optional() });
const capacity = z.object({ MinCapacity: z.int().min(0).optional(), MaxCapacity: z.int().min(0).optional() });
const newAction = z.looseObject({
  ...scope,
  ResourceId: z.string(),
  ScheduledActionName: z.string(),
  Schedule: z.string(),
  Timezone: z.string().default('UTC'),
  ScalableTargetAction: capacity,
});
const actionName = z.looseObject({ ...scope, ResourceId: z.string(), ScheduledActionName: z.string() });

const pageSize = 50;

export interface Scaling extends ApiModule {
  close(): void;
}

export function createScaling(plane: ControlPlane): Scaling {
  const { now } = plane.options;
  const targets = new Map<string, ScalableTarget>();
  const actions = new Map<string, ScheduledAction>();
  const timer = setInterval(run, 1_000).unref();

  function run(): void {
    for (const action of actions.values()) {
      if (action.nextAt === null || action.nextAt > now()) continue;
      action.nextAt = nextRun(action.schedule, action.timezone, now());
      const bounds = targets.get(action.resourceId);
      if (!bounds) continue;
      bounds.min = action.min ?? bounds.min;
      bounds.max = action.max ?? bounds.max;
      bring(bounds);
    }
  }

  /** Within the bounds, as an UpdateService by Application Auto Scaling would. */
  function bring({ resourceId, min, max }: ScalableTarget): void {
    const [, cluster = '', name = ''] = resourceId.split('/');
    const service = plane.service(cluster, name);
    if (service?.status !== 'ACTIVE') return;
    service.desiredCount = Math.min(Math.max(service.desiredCount, min), max);
    plane.schedule(service);
  }

  function required(resourceId: string): ScalableTarget {
    const found = targets.get(resourceId);
    if (!found)
      throw notFound(`No scalable target registered for namespace: ecs, resource ID: ${resourceId}, scalable dimension: ${dimension}`);
    return found;
  }

  return {
    targetPrefix: 'AnyScaleFrontendService',
    mutating: new Set(['RegisterScalableTarget', 'DeregisterScalableTarget', 'PutScheduledAction', 'DeleteScheduledAction']),
    close: () => clearInterval(timer),
    operations: {
      RegisterScalableTarget: (input) => {
        const { ResourceId: resourceId, MinCapacity: min, MaxCapacity: max } = read(registration, input);
        const [kind, cluster = '', name = ''] = resourceId.split('/');
        if (kind !== 'service' || plane.service(cluster, name) === undefined) {
          throw new ServiceException('ValidationException', `ECS service doesn't exist: ${resourceId}`);
        }
        if (min > max) throw new ServiceException('ValidationException', 'Maximum capacity cannot be less than minimum capacity');
        targets.set(resourceId, { resourceId, min, max, createdAt: targets.get(resourceId)?.createdAt ?? now() });
        return {};
      },
      DeregisterScalableTarget: (input) => {
        const { resourceId } = required(read(target, input).ResourceId);
        targets.delete(resourceId);
        for (const [key, action] of actions) if (action.resourceId === resourceId) actions.delete(key);
        return {};
      },
      DescribeScalableTargets: (input) => {
        const { ResourceIds, NextToken } = read(targetQuestion, input);
        const asked = [...targets.values()].filter(({ resourceId }) => ResourceIds?.includes(resourceId) ?? true);
        const { items, nextToken } = page(asked, { nextToken: NextToken, maxResults: pageSize });
        return { ScalableTargets: items.map(showTarget), NextToken: nextToken };
      },
      PutScheduledAction: (input) => {
        const {
          ResourceId,
          ScheduledActionName: name,
          Schedule: schedule,
          Timezone: timezone,
          ScalableTargetAction: set,
        } = read(newAction, input);
        const { resourceId } = required(ResourceId);
        const nextAt = nextRun(schedule, timezone, now());
        actions.set(`${resourceId} ${name}`, {
          ...{ resourceId, name, schedule, timezone, nextAt },
          min: set.MinCapacity,
          max: set.MaxCapacity,
          createdAt: now(),
        });
        return {};
      },
      DeleteScheduledAction: (input) => {
        const { ResourceId, ScheduledActionName } = read(actionName, input);
        if (!actions.delete(`${ResourceId} ${ScheduledActionName}`)) throw notFound(`No scheduled action found: ${ScheduledActionName}`);
        return {};
      },
      DescribeScheduledActions: (input) => {
        const { ResourceId, NextToken } = read(actionQuestion, input);
        const asked = [...actions.values()].filter(({ resourceId }) => ResourceId === undefined || resourceId === ResourceId);
        const { items, nextToken } = page(asked, { nextToken: NextToken, maxResults: pageSize });
        return { ScheduledActions: items.map(showAction), NextToken: nextToken };
      },
    },
  };
}

/** Strictly after `afterMs`. AWS writes minutes first, counts Sunday as 1, and lets a step begin at a number. */
function nextRun(schedule: string, timezone: string, afterMs: number): number | null {
  const [, kind, expression = ''] = /^(at|cron)\((.+)\)$/.exec(schedule) ?? [];
  if (!kind) throw new ServiceException('ValidationException', `the sandbox runs at(…) and cron(…), not ${schedule}`);
  try {
    const pattern = kind === 'at' ? expression : `0 ${expression}`;
    const times = new Cron(pattern, { timezone, alternativeWeekdays: true, sloppyRanges: true, paused: true });
    return times.nextRun(new Date(afterMs))?.getTime() ?? null;
  } catch {
    throw new ServiceException('ValidationException', `The schedule expression ${schedule} is not valid`);
  }
}

function notFound(message: string): ServiceException {
  return new ServiceException('ObjectNotFoundException', message);
}

function showTarget({ resourceId, min, max, createdAt }: ScalableTarget): object {
  return {
    ServiceNamespace: 'ecs',
    ScalableDimension: dimension,
    ResourceId: resourceId,
    MinCapacity: min,
    MaxCapacity: max,
    CreationTime: new Date(createdAt),
  };
}

function showAction({ resourceId, name, schedule, timezone, min, max, createdAt }: ScheduledAction): object {
  return {
    ScheduledActionName: name,
    ServiceNamespace: 'ecs',
    ScalableDimension: dimension,
    ResourceId: resourceId,
    Schedule: schedule,
    Timezone: timezone,
    ScalableTargetAction: { ...(min !== undefined && { MinCapacity: min }), ...(max !== undefined && { MaxCapacity: max }) },
    CreationTime: new Date(createdAt),
  };
}
