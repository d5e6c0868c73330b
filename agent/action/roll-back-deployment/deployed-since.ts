/** Whether somebody deployed after our roll-back. Pure. */
import type { PastServiceDeployment } from '../ecs/service-deployments.ts';
import type { Snapshot } from './schema.ts';

/**
 * The newest service deployment that came after ours, by its ARN; null when there is none, or when the history does not tell. A stopped
 * deployment carries its roll-back itself, an update is a deployment of its own.
 */
export function deployedSince(
  history: readonly PastServiceDeployment[] | null,
  { serviceDeploymentArn: stopped, taskDefinition: suspect }: Pick<Snapshot, 'serviceDeploymentArn' | 'taskDefinition'>,
): string | null {
  const before = history?.findIndex(({ arn, taskDefinition }) => (stopped === null ? taskDefinition === suspect : arn === stopped)) ?? -1;
  const ours = stopped === null ? 1 : 0;
  return before > ours ? (history?.[0]?.arn ?? null) : null;
}
