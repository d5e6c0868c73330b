/** Reads task definitions whole, and finds the copy that an earlier run has registered. Changes nothing. */
import { isDeepStrictEqual } from 'node:util';
import { DescribeTaskDefinitionCommand, type ECSClient, ListTaskDefinitionsCommand } from '@aws-sdk/client-ecs';
import { type CallContext, readOnce } from '../aws/call.ts';
import { contentOf, isCopy, type Registration } from './raise.ts';
import { DescribedTaskDefinition, ListedTaskDefinitions } from './schema.ts';

// The copy is among the newest of its family, or nobody would look for it any more.
const newest = 10;

export function readDefinition(reader: ECSClient, taskDefinition: string, context: CallContext): Promise<DescribedTaskDefinition> {
  return readOnce('ecs:DescribeTaskDefinition', DescribedTaskDefinition, context, (options) =>
    reader.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }), options),
  );
}

/**
 * RegisterTaskDefinition takes no idempotency token, so what an earlier run registered before it died, or before its answer was lost, is known
 * by what it says of itself; and by its content, for anybody could say the same of something else. Null when there is none.
 */
export async function findCopy(
  reader: ECSClient,
  original: string,
  registration: Registration,
  context: CallContext,
): Promise<string | null> {
  const { family, memory } = registration;
  const { taskDefinitionArns } = await readOnce('ecs:ListTaskDefinitions', ListedTaskDefinitions, context, (options) =>
    reader.send(new ListTaskDefinitionsCommand({ familyPrefix: family, status: 'ACTIVE', sort: 'DESC', maxResults: newest }), options),
  );
  const wanted = plain(contentOf(registration));
  for (const arn of taskDefinitionArns) {
    if (arn === original) return null;
    const found = await readDefinition(reader, arn, context);
    if (isCopy(found, original, Number(memory)) && isDeepStrictEqual(plain(contentOf(found.taskDefinition)), wanted)) return arn;
  }
  return null;
}

/** The SDK names fields that have no value. */
function plain(content: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(content));
}
