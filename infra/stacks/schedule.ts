/** The nights of the environment, where the agent can read them: a planned zero is no incident. */
import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter/index.js';
import type { Construct } from 'constructs';
import { NightSchedule } from '../constructs/night-schedule.ts';
import { demoServices } from '../demo-shop.ts';
import type { Settings } from '../settings/schema.ts';
import { EnvironmentStack } from './environment-stack.ts';

export interface ScheduleSettings extends Settings {
  night: NonNullable<Settings['night']>;
  demo: NonNullable<Settings['demo']>;
}

export class ScheduleStack extends EnvironmentStack {
  constructor(scope: Construct, settings: ScheduleSettings) {
    super(scope, 'schedule', settings);
    const { night, demo } = settings;
    for (const { name, count } of demoServices) {
      new NightSchedule(this, name, {
        resourceId: `service/${demo.cluster}/${name}`,
        byDay: { min: count, max: count * 3 },
        night,
        name: `${demo.cluster}-${name}`,
      });
    }
    new SsmParameter(this, 'night', {
      name: this.names.parameter('schedule', 'night'),
      description: 'When the environment sleeps, for people and workflows; the agent reads the scheduled actions themselves',
      type: 'String',
      insecureValue: JSON.stringify({ ...night, cluster: demo.cluster, days: 'MON-FRI' }),
    });
  }
}
