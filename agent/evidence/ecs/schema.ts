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
  deploymentConfiguration: z.object({ minimumHealthyPercent: z.number().optional(), maximumPercent: z.number().optional() }).default({}),
  loadBalancers: z.array(z.object({ targetGroupArn: z.string().optional() })).default([]),
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
        desiredCount: z.number().optional(),
        runningCount: z.number().optional(),
        pendingCount: z.number().optional(),
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
  /** The deployment that started it. */
  startedBy: z.string().optional(),
  containers: z
    .array(
      z.object({
        name: Text,
        exitCode: z.number().nullish(),
        reason: z.string().nullish(),
        healthStatus: z.string().default('UNKNOWN'),
        networkInterfaces: z.array(z.object({ privateIpv4Address: Text })).default([]),
        networkBindings: z.array(z.object({ hostPort: z.number().optional() })).default([]),
      }),
    )
    .default([]),
});
export type EcsTask = z.infer<typeof EcsTask>;

export const DescribeTasksReply = z.object({ tasks: z.array(EcsTask), failures: Failures });

export const ServiceDeployment = z.object({
  serviceDeploymentArn: Text,
  status: z.string(),
  statusReason: Text,
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

/** What is read one by one: the breaker and the rollback are in no list. */
export const ServiceDeploymentDetail = z.object({
  serviceDeploymentArn: z.string(),
  deploymentCircuitBreaker: z.object({ status: Text, failureCount: z.number().default(0), threshold: z.number().default(0) }).optional(),
  rollback: z.object({ reason: Text }).optional(),
});
export type ServiceDeploymentDetail = z.infer<typeof ServiceDeploymentDetail>;
export const DescribeServiceDeploymentsReply = z.object({ serviceDeployments: z.array(ServiceDeploymentDetail), failures: Failures });

const Tags = z.array(z.object({ key: Text, value: Text })).default([]);
const Texts = z.array(z.string()).optional();
const NamedValues = z.array(z.object({ name: Text, value: Text })).default([]);

const ContainerDefinition = z.object({
  name: Text,
  image: Text,
  essential: z.boolean().default(true),
  cpu: z.number().optional(),
  memory: z.number().optional(),
  memoryReservation: z.number().optional(),
  command: Texts,
  entryPoint: Texts,
  environment: NamedValues,
  secrets: z.array(z.object({ name: Text, valueFrom: Text })).default([]),
  dockerLabels: z.record(z.string(), z.string()).default({}),
  healthCheck: z
    .object({ command: Texts, interval: z.number(), timeout: z.number(), retries: z.number(), startPeriod: z.number() })
    .partial()
    .optional(),
  stopTimeout: z.number().optional(),
  user: z.string().optional(),
  portMappings: z.array(z.object({ containerPort: z.number().optional(), hostPort: z.number().optional() })).default([]),
});

const RegisteredTaskDefinition = z.object({
  taskDefinitionArn: z.string(),
  cpu: z.string().optional(),
  memory: z.string().optional(),
  taskRoleArn: z.string().optional(),
  executionRoleArn: z.string().optional(),
  registeredAt: When,
  containerDefinitions: z.array(ContainerDefinition).default([]),
});
export const DescribeTaskDefinitionReply = z.object({ taskDefinition: RegisteredTaskDefinition, tags: Tags });
export type TaskDefinition = z.infer<typeof RegisteredTaskDefinition> & { tags: z.infer<typeof Tags> };

export const DescribeTargetHealthReply = z.object({
  TargetHealthDescriptions: z
    .array(
      z.object({
        Target: z.object({ Id: z.string(), Port: z.number().optional() }),
        TargetHealth: z.object({ State: Text, Reason: Text, Description: Text }).prefault({}),
      }),
    )
    .default([]),
});
