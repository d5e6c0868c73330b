/** What CloudWatch watches of the environment itself, beside and without Prometheus. */
import type { Names } from './names.ts';

export interface AlarmReach {
  names: Names;
  /** Of the door, as CloudWatch names it. */
  balancer: string;
  agentTarget: string;
}

interface Metric {
  namespace: string;
  metricName: string;
  statistic: 'Average' | 'Maximum' | 'Minimum' | 'Sum';
  dimensions: Record<string, string>;
}

interface Alarm extends Metric {
  id: string;
  alarmDescription: string;
  comparisonOperator: 'GreaterThanThreshold' | 'LessThanThreshold';
  threshold: number;
  period: number;
  evaluationPeriods: number;
  /** Silence of a thing that must speak is itself the alarm. */
  treatMissingData: 'breaching' | 'notBreaching';
}

export function alarmsOf({ names, balancer, agentTarget }: AlarmReach): Alarm[] {
  const service = (name: string): Metric['dimensions'] => ({ ClusterName: names.cluster, ServiceName: name });
  const running = (name: string): Alarm => ({
    id: `${name}-gone`,
    alarmDescription: `No task of ${name} runs`,
    namespace: 'ECS/ContainerInsights',
    metricName: 'RunningTaskCount',
    statistic: 'Minimum',
    dimensions: service(name),
    comparisonOperator: 'LessThanThreshold',
    threshold: 1,
    period: 60,
    evaluationPeriods: 5,
    treatMissingData: 'breaching',
  });
  const database = (
    id: string,
    metricName: string,
    alarm: Pick<Alarm, 'alarmDescription' | 'comparisonOperator' | 'threshold'>,
  ): Alarm => ({
    id: `database-${id}`,
    namespace: 'AWS/RDS',
    metricName,
    statistic: 'Average',
    dimensions: { DBInstanceIdentifier: names.prefix },
    period: 300,
    evaluationPeriods: 3,
    treatMissingData: 'breaching',
    ...alarm,
  });
  return [
    ...[names.agentService, 'prometheus', 'alertmanager'].map(running),
    {
      id: 'agent-unhealthy',
      alarmDescription: 'A task of the agent does not answer that it is ready',
      namespace: 'AWS/ApplicationELB',
      metricName: 'UnHealthyHostCount',
      statistic: 'Maximum',
      dimensions: { LoadBalancer: balancer, TargetGroup: agentTarget },
      comparisonOperator: 'GreaterThanThreshold',
      threshold: 0,
      period: 60,
      evaluationPeriods: 5,
      treatMissingData: 'notBreaching',
    },
    {
      id: 'door-errors',
      alarmDescription: 'What is behind the door fails',
      namespace: 'AWS/ApplicationELB',
      metricName: 'HTTPCode_Target_5XX_Count',
      statistic: 'Sum',
      dimensions: { LoadBalancer: balancer },
      comparisonOperator: 'GreaterThanThreshold',
      threshold: 10,
      period: 300,
      evaluationPeriods: 1,
      treatMissingData: 'notBreaching',
    },
    database('busy', 'CPUUtilization', {
      alarmDescription: 'The database is busy',
      comparisonOperator: 'GreaterThanThreshold',
      threshold: 85,
    }),
    database('full', 'FreeStorageSpace', {
      alarmDescription: 'The database has less than 2 GB left',
      comparisonOperator: 'LessThanThreshold',
      threshold: 2_000_000_000,
    }),
  ];
}

/** One graph for each alarm, with its threshold. */
export function dashboardOf(reach: AlarmReach, region: string): string {
  const widgets = alarmsOf(reach).map(({ alarmDescription, namespace, metricName, dimensions, statistic, period, threshold }, at) => ({
    type: 'metric',
    x: (at % 2) * 12,
    y: Math.floor(at / 2) * 6,
    width: 12,
    height: 6,
    properties: {
      title: alarmDescription,
      region,
      view: 'timeSeries',
      metrics: [[namespace, metricName, ...Object.entries(dimensions).flat(), { stat: statistic, period }]],
      annotations: { horizontal: [{ label: 'alarm', value: threshold }] },
    },
  }));
  return JSON.stringify({ widgets });
}
