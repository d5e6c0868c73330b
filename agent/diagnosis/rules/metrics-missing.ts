/** The service's metrics are missing: that is unknown, never healthy. Says what a second source knows, and claims nothing. */
import type { EvidenceId } from '../../domain/ids.ts';
import { cite, now, runningTasks } from '../facts/view.ts';
import type { Scene } from './rule.ts';

export function metricsMissing({ view, service, signals }: Scene): { reason: string; evidence: EvidenceId[] } | undefined {
  if (now(signals, 'error-ratio') !== null || now(signals, 'latency-p95') !== null || now(signals, 'request-rate') !== null)
    return undefined;
  const reporting = view.reporting.get(service);
  const state = view.states.get(service);
  const targets = view.targets.filter((target) => target.service === service);
  const healthy = targets.filter((target) => target.state === 'healthy').length;
  const running = runningTasks(view, service);
  const checked = running.filter(({ healthStatus }) => healthStatus === 'HEALTHY').length;
  const seen = [
    reporting === undefined ? 'nobody knows who should report' : `${reporting.up} of ${reporting.up + reporting.down} targets report`,
    ...(state ? [`ECS runs ${state.running} of ${state.desired} tasks`] : []),
    ...(checked > 0 ? [`${checked} of ${running.length} pass their own health check`] : []),
    ...(targets.length > 0 ? [`the load balancer finds ${healthy} of ${targets.length} healthy`] : []),
  ];
  return {
    reason: `the metrics of ${service} are missing, so how it does is unknown, not good: ${seen.join(', ')}`,
    evidence: cite(reporting, state, running, targets),
  };
}
