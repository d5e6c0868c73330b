/** Experiments of FIS on the demo, in dev only: what may be broken is tagged, and an alarm on what users see ends each of them. */
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { CloudwatchMetricAlarm } from '@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js';
import type { Construct } from 'constructs';
import { experimentRights, managedInstanceRights } from '../access/chaos-rights.ts';
import { trustService } from '../access/statement.ts';
import { FisExperiment } from '../constructs/fis-experiment.ts';
import { LeastPrivilegeRole } from '../constructs/least-privilege-role.ts';
import type { Settings } from '../settings/schema.ts';
import { EnvironmentStack } from './environment-stack.ts';

export interface ChaosSettings extends Settings {
  chaos: NonNullable<Settings['chaos']>;
  demo: NonNullable<Settings['demo']>;
}

/** Share of failed requests, percent, over five minutes: far beyond what the agent acts on, so that it comes before the end of the experiment. */
const stopAtPercent = 50;

export class ChaosStack extends EnvironmentStack {
  constructor(scope: Construct, settings: ChaosSettings) {
    super(scope, 'chaos', settings);
    const { names } = this;
    const { demo, chaos, accountId, region, logDays } = settings;
    const role = new LeastPrivilegeRole(this, 'experiments', {
      names,
      name: 'experiments',
      description: 'What experiments of FIS may do to tagged tasks of the demo',
      trust: [trustService('fis.amazonaws.com', accountId)],
      policies: { experiment: experimentRights(names, region, demo.cluster) },
    });
    new LeastPrivilegeRole(this, 'managed-instance', {
      names,
      name: 'managed-instance',
      description: 'The SSM agent beside a task of the demo',
      trust: [trustService('ssm.amazonaws.com', accountId)],
      policies: { leave: managedInstanceRights(names) },
      managed: ['AmazonSSMManagedInstanceCore'],
    });
    const logs = new CloudwatchLogGroup(this, 'logs', { name: `/${names.prefix}/experiments`, retentionInDays: logDays });
    const alarm = this.stopAlarm();
    for (const experiment of chaos.experiments) {
      new FisExperiment(this, experiment.name, {
        names,
        experiment,
        roleArn: role.arn,
        logGroupArn: logs.arn,
        stopAlarmArn: alarm.arn,
        dependsOn: role.parts,
      });
    }
    this.publish('stop-alarm-name', alarm.alarmName);
  }

  private stopAlarm(): CloudwatchMetricAlarm {
    const metric = (metricName: string) => ({
      namespace: 'AWS/ApplicationELB',
      metricName,
      period: 60,
      stat: 'Sum',
      dimensions: { LoadBalancer: this.told('demo', 'balancer-suffix') },
    });
    return new CloudwatchMetricAlarm(this, 'stop', {
      alarmName: `${this.names.prefix}-experiment-stop`,
      alarmDescription: `More than ${stopAtPercent} % of the demo's requests fail: experiments end`,
      comparisonOperator: 'GreaterThanThreshold',
      threshold: stopAtPercent,
      evaluationPeriods: 5,
      datapointsToAlarm: 5,
      // Without shoppers nobody is harmed.
      treatMissingData: 'notBreaching',
      metricQuery: [
        { id: 'failed', metric: metric('HTTPCode_Target_5XX_Count') },
        { id: 'asked', metric: metric('RequestCount') },
        { id: 'share', expression: '100 * FILL(failed, 0) / asked', label: 'failed, percent', returnData: true },
      ],
    });
  }
}
