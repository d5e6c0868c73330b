/** Names, ARNs and ids as ECS spells them. */
import { randomBytes, randomInt } from 'node:crypto';

export interface Account {
  region: string;
  /** Twelve digits. */
  id: string;
}

export function arnOf(account: Account, resource: string): string {
  return `arn:aws:ecs:${account.region}:${account.id}:${resource}`;
}

/** Task id: 32 hexadecimal digits. */
export function newTaskId(): string {
  return randomBytes(16).toString('hex');
}

/** Deployment and revision ids: 19 digits. */
export function newNumber(): string {
  return `${randomInt(1, 10)}${Array.from({ length: 18 }, () => randomInt(10)).join('')}`;
}

/** Service deployment id: 21 characters. */
export function newDeploymentToken(): string {
  return randomBytes(16).toString('base64url').slice(0, 21);
}

/** Name of a cluster, service or task given by name or ARN. */
export function lastSegment(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
}

/** Cluster named inside a long-form service, task or deployment ARN; undefined for a bare name. */
export function clusterInArn(nameOrArn: string): string | undefined {
  if (!nameOrArn.startsWith('arn:')) return undefined;
  const segments = nameOrArn.split('/');
  return segments.length >= 3 ? segments[1] : undefined;
}
