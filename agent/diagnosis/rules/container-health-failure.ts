/** The container's own health check fails: its command, or the time it is given to start. */
import { standingEvent } from '../facts/events.ts';
import { isFoundUnhealthy, isNearOnset, recentStops } from '../facts/stops.ts';
import { cite, runningTasks } from '../facts/view.ts';
import { claimOfUnhealthy } from './health-checks.ts';
import type { Rule } from './rule.ts';

export const containerHealthFailure: Rule = (scene) => {
  const { view, service } = scene;
  const running = runningTasks(view, service);
  const unhealthy = running.filter(({ healthStatus }) => healthStatus === 'UNHEALTHY');
  const stopped = recentStops(view, service).filter((task) => isFoundUnhealthy(task, 'container') && isNearOnset(task, view));
  const event = standingEvent(view, service, 'unhealthy-container');
  return claimOfUnhealthy(scene, {
    now: unhealthy,
    healthy: running.filter(({ healthStatus }) => healthStatus === 'HEALTHY').length,
    stopped,
    isSaid: event !== undefined,
    evidence: cite(unhealthy, stopped, event?.cited),
    because: ["the container's own health check fails"],
    refutedBy: 'The command of the health check succeeds when it is run in the same container.',
  });
};
