/** Does the newest deployment get anywhere? Its own tasks tell, whatever those of the revision before it still serve. */
import { failedStarts, isFoundUnhealthy, recentStops } from './stops.ts';
import type { View } from './view.ts';

/** One may have been unlucky. */
const fewest = 2;

/** It failed for good, or goes on while task after task of it does not come up or is found unhealthy. */
export function isRolloutFailing(view: View, service: string): boolean {
  const primary = view.deployments.find((deployment) => deployment.service === service && deployment.status === 'PRIMARY');
  if (primary?.rolloutState === 'FAILED') return true;
  if (primary?.rolloutState !== 'IN_PROGRESS') return false;
  const ended = [...failedStarts(view, service), ...recentStops(view, service).filter((task) => isFoundUnhealthy(task))];
  const since = Date.parse(primary.createdAt);
  const isIts = (stoppedAt: string | null, taskDefinition: string) =>
    taskDefinition === primary.taskDefinition && Date.parse(stoppedAt ?? '') >= since;
  const own = ended.filter(({ stoppedAt, taskDefinition }) => isIts(stoppedAt, taskDefinition));
  return Math.max(primary.failedTasks, own.length) >= fewest;
}
