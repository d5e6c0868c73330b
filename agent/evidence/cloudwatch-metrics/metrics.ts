/** Which metrics are asked for: CloudWatch's names and dimensions, and what they are called here. */

export interface MetricAsked {
  service: string;
  /** As in `diagnosis/case/case.ts`, else CloudWatch's own. */
  metric: string;
  stat: string;
  unit: string;
  /** How the readings of several target groups become one. */
  join: 'sum' | 'max';
  namespace: string;
  name: string;
  dimensions: { Name: string; Value: string }[];
}

/** As CloudWatch names them: the ends of the ARNs. */
export interface TargetGroup {
  targetGroup: string;
  loadBalancer: string;
}

const ofService = [
  { namespace: 'AWS/ECS', name: 'CPUUtilization', metric: 'cpu_utilization', stat: 'Average', unit: 'Percent' },
  { namespace: 'AWS/ECS', name: 'MemoryUtilization', metric: 'memory_utilization', stat: 'Average', unit: 'Percent' },
] as const;
const ofContainerInsights = [
  { namespace: 'ECS/ContainerInsights', name: 'RunningTaskCount', metric: 'RunningTaskCount', stat: 'Average', unit: 'Count' },
] as const;
const ofTargetGroup = [
  { name: 'RequestCount', metric: 'requests', stat: 'Sum', unit: 'Count', join: 'sum' },
  { name: 'HTTPCode_Target_5XX_Count', metric: 'HTTPCode_Target_5XX_Count', stat: 'Sum', unit: 'Count', join: 'sum' },
  { name: 'TargetResponseTime', metric: 'latency', stat: 'p95', unit: 'Seconds', join: 'max' },
  { name: 'HealthyHostCount', metric: 'HealthyHostCount', stat: 'Minimum', unit: 'Count', join: 'sum' },
  { name: 'UnHealthyHostCount', metric: 'UnHealthyHostCount', stat: 'Maximum', unit: 'Count', join: 'sum' },
] as const;

export function serviceMetrics(cluster: string, service: string, withContainerInsights: boolean): MetricAsked[] {
  const dimensions = [
    { Name: 'ClusterName', Value: cluster },
    { Name: 'ServiceName', Value: service },
  ];
  return [...ofService, ...(withContainerInsights ? ofContainerInsights : [])].map((one) => ({ ...one, service, join: 'max', dimensions }));
}

export function targetGroupMetrics(service: string, { targetGroup, loadBalancer }: TargetGroup): MetricAsked[] {
  const dimensions = [
    { Name: 'TargetGroup', Value: targetGroup },
    { Name: 'LoadBalancer', Value: loadBalancer },
  ];
  const namespace = loadBalancer.startsWith('net/') ? 'AWS/NetworkELB' : 'AWS/ApplicationELB';
  // A network load balancer counts no requests.
  const known = ofTargetGroup.filter(({ name }) => namespace === 'AWS/ApplicationELB' || name.endsWith('HostCount'));
  return known.map((one) => ({ ...one, service, namespace, dimensions }));
}
