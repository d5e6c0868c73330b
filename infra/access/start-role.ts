/** What ECS needs to start a task: its image, the secrets it names, a place for its log lines. */
import type { Names } from '../names.ts';
import { allow, type Statement } from './statement.ts';

export interface StartReach {
  names: Names;
  /** Log groups it writes to, such as `/ecs/shop-dev/*`. */
  logGroup: string;
  secretArns?: readonly string[];
  keyArn?: string;
}

export function startRights({ names, logGroup, secretArns = [], keyArn }: StartReach): Statement[] {
  return [
    allow('Login', ['ecr:GetAuthorizationToken'], ['*']),
    allow(
      'Pull',
      ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      [names.arn('ecr', `repository/${names.prefix}/*`)],
    ),
    allow('Log', ['logs:CreateLogStream', 'logs:PutLogEvents'], [names.arn('logs', `log-group:${logGroup}:log-stream:*`)]),
    ...(secretArns.length === 0 ? [] : [allow('Secrets', ['secretsmanager:GetSecretValue'], secretArns)]),
    ...(secretArns.length > 0 && keyArn ? [allow('OpenSecrets', ['kms:Decrypt'], [keyArn])] : []),
  ];
}
