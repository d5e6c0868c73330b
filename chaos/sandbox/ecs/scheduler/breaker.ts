/** Pure arithmetic of the deployment circuit breaker. */
import type { DeploymentCircuitBreaker } from '@aws-sdk/client-ecs';

const defaultPercent = 50;
const fewest = 3;
const most = 200;

/** Failed tasks at which a deployment fails (ECS Developer Guide, "How the deployment circuit breaker detects failures"). */
export function breakerThreshold(desiredCount: number, breaker: DeploymentCircuitBreaker | undefined): number {
  const type = breaker?.thresholdConfiguration?.type ?? 'BOUNDED_PERCENT';
  const value = breaker?.thresholdConfiguration?.value ?? defaultPercent;
  if (type === 'COUNT') return value;
  const share = Math.ceil((desiredCount * value) / 100);
  return type === 'UNBOUNDED_PERCENT' ? Math.max(1, share) : Math.min(most, Math.max(fewest, share));
}
