/** The load balancer finds tasks unhealthy: nothing listens, another path, too short a grace, a security group. */
import { standingEvent } from '../facts/events.ts';
import { isFoundUnhealthy, isNearOnset, recentStops } from '../facts/stops.ts';
import { cite, runningTasks } from '../facts/view.ts';
import { claimOfUnhealthy } from './health-checks.ts';
import type { Rule } from './rule.ts';

/** Right after its registration a target is `initial`, right before its end `draining`: neither says anything about the task. */
export const targetHealthFailure: Rule = (scene) => {
  const { view, service } = scene;
  const running = runningTasks(view, service);
  const targets = view.targets.filter((target) => target.service === service && running.some(({ taskId }) => taskId === target.taskId));
  const unhealthy = targets.filter(({ state }) => state === 'unhealthy');
  const stopped = recentStops(view, service).filter((task) => isFoundUnhealthy(task, 'balancer') && isNearOnset(task, view));
  const event = standingEvent(view, service, 'unhealthy-target');
  const reasons = [...new Set(unhealthy.map(({ reason }) => reason || 'no reason given'))].sort();
  return claimOfUnhealthy(scene, {
    now: running.filter(({ taskId }) => unhealthy.some((target) => target.taskId === taskId)),
    healthy: running.filter(({ taskId }) => {
      const own = targets.filter((target) => target.taskId === taskId);
      return own.length > 0 && own.every(({ state }) => state === 'healthy');
    }).length,
    stopped,
    isSaid: event !== undefined,
    evidence: cite(unhealthy, stopped, event?.cited),
    because:
      reasons.length > 0 ? [`the load balancer says ${reasons.join(', ')}`] : ['tasks failed the health checks of the load balancer'],
    refutedBy: 'The same request as the health check, sent from inside the subnet, is answered well.',
  });
};
