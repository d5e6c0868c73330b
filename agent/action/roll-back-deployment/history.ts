/** Reads the task definitions a roll-back leaves and goes to; changes nothing. */
import { DescribeTaskDefinitionCommand, type ECSClient } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { UpstreamError } from '../../domain/errors.ts';
import { type CallContext, readOnce } from '../aws/call.ts';

const DescribedTaskDefinition = z.object({
  taskDefinition: z.object({
    status: z.string().default('UNKNOWN'),
    taskRoleArn: z.string().optional(),
    executionRoleArn: z.string().optional(),
    containerDefinitions: z.array(z.object({ image: z.string().optional() })).default([]),
  }),
  tags: z.array(z.object({ key: z.string() })).default([]),
});

export interface TaskDefinitionState {
  status: string;
  tags: string[];
  /** Image references of its containers. */
  images: string[];
  /** Roles that whoever deploys it must be allowed to pass on. */
  roles: string[];
}

/** Null when ECS knows no such task definition. */
export async function taskDefinitionState(reader: ECSClient, arn: string, context: CallContext): Promise<TaskDefinitionState | null> {
  try {
    const answer = await readOnce('ecs:DescribeTaskDefinition', DescribedTaskDefinition, context, (options) =>
      reader.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn, include: ['TAGS'] }), options),
    );
    const { status, taskRoleArn, executionRoleArn, containerDefinitions } = answer.taskDefinition;
    return {
      status,
      tags: answer.tags.map((tag) => tag.key),
      images: [...new Set(containerDefinitions.flatMap(({ image }) => image ?? []))],
      roles: [...new Set([taskRoleArn, executionRoleArn].flatMap((role) => role ?? []))],
    };
  } catch (error) {
    if (error instanceof UpstreamError && error.reason === 'client') return null;
    throw error;
  }
}
