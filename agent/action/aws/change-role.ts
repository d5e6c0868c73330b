/**
 * The role a change is made under: one for each action, taken for this change only, and narrowed by a session policy to what its plan touches.
 * A mistake in a call then reaches no further than the plan said, and CloudTrail names the incident behind each call.
 */
import type { STSClient } from '@aws-sdk/client-sts';
import { z } from 'zod';
import { UpstreamError } from '../../domain/errors.ts';
import type { Effect, Right } from '../action.ts';
import { readOnce } from './call.ts';

/** Action id → ARN of its role. Empty: changes are made under the agent's own role. */
export type RoleArns = Readonly<Partial<Record<string, string>>>;

export interface Session {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

const timeoutMs = 5_000;
/** The shortest STS gives: a call is sent right after. */
const durationSeconds = 900;

/** Characters STS takes. */
const maxLength = 2_048;

const Reply = z.object({ Credentials: z.object({ AccessKeyId: z.string(), SecretAccessKey: z.string(), SessionToken: z.string() }) });

/** Rejects when the role cannot be taken: nothing was sent by then. An action without a role makes no change. */
export async function takeChangeRole(sts: STSClient, roles: RoleArns, { reach, key, signal }: Effect): Promise<Session> {
  const RoleArn = reach && roles[reach.action];
  if (!reach || RoleArn === undefined) throw new UpstreamError('sts', 'auth', `no role is set up for ${reach?.action ?? 'this change'}`);
  const { AssumeRoleCommand } = await import('@aws-sdk/client-sts');
  const command = new AssumeRoleCommand({
    RoleArn,
    RoleSessionName: key.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 64),
    DurationSeconds: durationSeconds,
    Policy: sessionPolicy(reach.rights),
  });
  const { Credentials } = await readOnce('sts:AssumeRole', Reply, { signal, timeoutMs }, (options) => sts.send(command, options));
  return { accessKeyId: Credentials.AccessKeyId, secretAccessKey: Credentials.SecretAccessKey, sessionToken: Credentials.SessionToken };
}

/**
 * What the plan touches, and nothing else. Roles handed on to tasks, keys of objects and the object that is compared before it is replaced stand
 * in no plan: for them the role's own policy is the fence.
 */
export function sessionPolicy(rights: readonly Right[]): string {
  const resources = new Map<string, Set<string>>();
  for (const { action, resource } of rights) {
    if (action.startsWith('github:')) continue;
    resources.set(action, (resources.get(action) ?? new Set()).add(resource));
  }
  const exact = policyOf([...resources].map(([action, named]) => [action, [...named]]));
  if (exact.length <= maxLength) return exact;
  // Many tasks of one cluster: what their names begin with is as narrow as the length allows.
  return policyOf([...resources].map(([action, named]) => [action, [beginningOf([...named])]]));
}

function policyOf(needed: readonly (readonly [action: string, resources: readonly string[]])[]): string {
  const statements = needed.map(([Action, Resource]) => ({ Effect: 'Allow', Action, Resource }));
  const beside = { Effect: 'Allow', Action: ['iam:PassRole', 'kms:Decrypt', 'kms:GenerateDataKey', 's3:GetObject'], Resource: '*' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [...statements, beside] });
}

/** `['task/shop/ab', 'task/shop/cd']` → `task/shop/*`; a single one is itself. */
function beginningOf([first = '*', ...others]: readonly string[]): string {
  let end = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, end))) end -= 1;
  return others.length === 0 ? first : `${first.slice(0, first.lastIndexOf('/', end - 1) + 1)}*`;
}
