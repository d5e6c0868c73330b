/** The part of the replies that is read; the SDK checks no types itself. */
import { z } from 'zod';

const Message = z.object({ Code: z.string().default(''), Value: z.string().default('') });

export const GetMetricDataReply = z.object({
  MetricDataResults: z.array(
    z.object({
      Id: z.string(),
      Timestamps: z.array(z.date()).default([]),
      Values: z.array(z.number()).default([]),
      StatusCode: z.string().default('Complete'),
      Messages: z.array(Message).default([]),
    }),
  ),
  NextToken: z.string().nullish(),
  Messages: z.array(Message).default([]),
});
export type GetMetricDataReply = z.infer<typeof GetMetricDataReply>;

export const DescribeServicesReply = z.object({
  services: z.array(
    z.object({
      serviceName: z.string(),
      loadBalancers: z.array(z.object({ targetGroupArn: z.string().optional() })).default([]),
    }),
  ),
});

export const DescribeTargetGroupsReply = z.object({
  TargetGroups: z.array(z.object({ TargetGroupArn: z.string(), LoadBalancerArns: z.array(z.string()).default([]) })).default([]),
});
