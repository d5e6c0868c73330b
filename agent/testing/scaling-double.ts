/** Application Auto Scaling as far as it tells bounds and schedules of ECS services, in its own JSON 1.1. Changes nothing. */
import { type AwsAnswer, type AwsDouble, AwsRefusal, jsonAnswer, pageOf } from './aws-double.ts';

export interface ScheduledRow {
  name: string;
  schedule: string;
  timezone?: string;
}

export interface ScalingState {
  bounds: { min: number; max: number } | null;
  actions: ScheduledRow[];
}

export interface ScalingDouble extends AwsDouble {
  state: ScalingState;
}

const contentType = 'application/x-amz-json-1.1';
const pageSize = 2;

/** Of `shop/checkout`. */
export function scalingDouble(state: ScalingState = { bounds: null, actions: [] }): ScalingDouble {
  return {
    state,
    changing: new Set(),
    read(request, body) {
      const [service, operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
      return service === 'AnyScaleFrontendService'
        ? { operation, input: JSON.parse(body.toString()) as Record<string, unknown> }
        : undefined;
    },
    answer({ operation, input }): AwsAnswer {
      if (operation === 'DescribeScalableTargets') {
        const ResourceId = 'service/shop/checkout';
        const isAsked = (input.ResourceIds as string[]).includes(ResourceId);
        const { bounds } = state;
        const targets = isAsked && bounds ? [{ ResourceId, MinCapacity: bounds.min, MaxCapacity: bounds.max }] : [];
        return jsonAnswer({ ScalableTargets: targets }, 200, contentType);
      }
      if (operation !== 'DescribeScheduledActions') throw new AwsRefusal(400, 'UnknownOperationException', operation);
      const { entries, next } = pageOf(state.actions, pageSize, input.NextToken);
      const actions = entries.map(({ name, schedule, timezone }) => ({
        ScheduledActionName: name,
        Schedule: schedule,
        ...(timezone && { Timezone: timezone }),
      }));
      return jsonAnswer({ ScheduledActions: actions, ...(next && { NextToken: next }) }, 200, contentType);
    },
    refuse: ({ status, type, message }) => jsonAnswer({ __type: type, message }, status, contentType),
  };
}
