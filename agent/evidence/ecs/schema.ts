/** The part of ECS' replies that is read, as the SDK hands them over; the SDK checks no types itself. */
import { z } from 'zod';

const Text = z.string().default('');
const When = z.date().optional();
const Failures = z.array(z.object({ arn: Text, reason: Text })).default([]);

export const EcsService = z.object({
  serviceName: z.string(),
  status: Text,
  desiredCount: z.number(),
  runningCount: z.number(),
  pendingCount: z.number(),
  taskDefinition: Text,
  deployments: z
    .array(
      z.object({
        id: z.string(),
        status: z.enum(['PRIMARY', 'ACTIVE', 'INACTIVE']),
        rolloutState: z.enum(['COMPLETED', 'IN_PROGRESS', 'FAILED']).optional().catch(undefined),
        rolloutStateReason: Text,
        taskDefinition: Text,
        createdAt: When,
        updatedAt: When,
        failedTasks: z.number().default(0),
      }),
    )
    .default([]),
  events: z.array(z.object({ createdAt: When, message: Text })).default([]),
});
export type EcsService = z.infer<typeof EcsService>;

export const DescribeServicesReply = z.object({ services: z.array(EcsService), failures: Failures });

export const ListServicesReply = z.object({ serviceArns: z.array(z.string()), nextToken: z.string().optional() });

export const ListTasksReply = z.object({ taskArns: z.array(z.string()), nextToken: z.string().optional() });

export const EcsTask = z.object({
  taskArn: z.string(),
  lastStatus: Text,
  healthStatus: z.string().default('UNKNOWN'),
  taskDefinitionArn: Text,
  startedAt: When,
  stoppedAt: When,
  stopCode: z.string().nullish(),
  stoppedReason: z.string().nullish(),
  containers: z.array(z.object({ name: Text, exitCode: z.number().nullish(), reason: z.string().nullish() })).default([]),
});
export type EcsTask = z.infer<typeof EcsTask>;

export const DescribeTasksReply = z.object({ tasks: z.array(EcsTask), failures: Failures });

export const ServiceDeployment = z.object({
  status: z.string(),
  targetServiceRevisionArn: z.string().optional(),
  createdAt: When,
  startedAt: When,
  finishedAt: When,
});
export type ServiceDeployment = z.infer<typeof ServiceDeployment>;

export const ListServiceDeploymentsReply = z.object({ serviceDeployments: z.array(ServiceDeployment), nextToken: z.string().optional() });

export const DescribeServiceRevisionsReply = z.object({
  serviceRevisions: z.array(z.object({ serviceRevisionArn: z.string(), taskDefinition: Text })),
  failures: Failures,
});
