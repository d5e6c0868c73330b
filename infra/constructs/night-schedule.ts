/** Sends a service to sleep in the evening and wakes it on working days. Application Auto Scaling does it, which is where the agent reads that it was planned. */
import { AppautoscalingScheduledAction } from '@cdktf/provider-aws/lib/appautoscaling-scheduled-action/index.js';
import { AppautoscalingTarget } from '@cdktf/provider-aws/lib/appautoscaling-target/index.js';
import { Construct } from 'constructs';
import type { Settings } from '../settings/schema.ts';

export interface NightScheduleSettings {
  /** `service/cluster/name` */
  resourceId: string;
  /** Tasks by day, and the most the agent or an operator may want. */
  byDay: { min: number; max: number };
  night: NonNullable<Settings['night']>;
  name: string;
}

export class NightSchedule extends Construct {
  constructor(scope: Construct, id: string, { resourceId, byDay, night, name }: NightScheduleSettings) {
    super(scope, id);
    const target = new AppautoscalingTarget(this, 'target', {
      serviceNamespace: 'ecs',
      resourceId,
      scalableDimension: 'ecs:service:DesiredCount',
      minCapacity: byDay.min,
      maxCapacity: byDay.max,
      // At night they are others.
      lifecycle: { ignoreChanges: ['min_capacity', 'max_capacity'] },
    });
    const plan = (when: 'evening' | 'morning', schedule: string, minCapacity: number, maxCapacity: number) =>
      new AppautoscalingScheduledAction(this, when, {
        name: `${name}-${when}`,
        serviceNamespace: target.serviceNamespace,
        resourceId: target.resourceId,
        scalableDimension: target.scalableDimension,
        timezone: night.timezone,
        schedule,
        scalableTargetAction: { minCapacity: String(minCapacity), maxCapacity: String(maxCapacity) },
      });
    plan('evening', cron(night.stopsAt, '* * ?'), 0, 0);
    plan('morning', cron(night.startsAt, '? * MON-FRI'), byDay.min, byDay.max);
  }
}

function cron(time: string, days: string): string {
  const [hours, minutes] = time.split(':').map(Number);
  return `cron(${minutes} ${hours} ${days} *)`;
}
