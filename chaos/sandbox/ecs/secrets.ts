/** The secrets of a container, looked up once before it starts, as Fargate does; and its words when one is missing. */
import type { ContainerDefinition } from '@aws-sdk/client-ecs';

export type SecretLookup = (nameOrArn: string) => string | undefined;

const cause = 'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ';

/** Environment variables by name, or the text ECS gives as the task's stopped reason. */
export function secretsOf(definition: ContainerDefinition, lookUp: SecretLookup): { env: Record<string, string> } | { error: string } {
  const env: Record<string, string> = {};
  const missing: string[] = [];
  for (const { name, valueFrom } of definition.secrets ?? []) {
    if (name === undefined || valueFrom === undefined) continue;
    const value = lookUp(valueFrom);
    if (value === undefined) missing.push(valueFrom);
    else env[name] = value;
  }
  const managed = missing.find((valueFrom) => valueFrom.startsWith('arn:aws:secretsmanager:'));
  if (managed !== undefined) {
    return {
      error: `${cause}unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${managed} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    };
  }
  if (missing.length === 0) return { env };
  return {
    error: `${cause}unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: ${missing.join(', ')}`,
  };
}
