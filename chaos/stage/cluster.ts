/** One cluster of a stage, as it is looked at: what its users feel by Prometheus, what runs by ECS. */
import type { ClusterControl } from './cluster-control.ts';
import type { ServiceLook, StageCluster } from './stage.ts';
import { readClusterViews, type UserView } from './user-view.ts';

/** Seconds a share of failures or a quantile is about; divided by no pace, for it is samples that it needs. */
const viewWindowSeconds = 4;
/** Probes that ask at the same time share an answer; no scrape is so young. */
const freshForMs = 400;

const noData: UserView = { errorRatio: null, latencyP95: null };

export function createCluster(
  prometheusUrl: string,
  control: ClusterControl,
  rest: Omit<StageCluster, 'control' | 'userView' | 'look' | 'capacity'>,
  windowSeconds = viewWindowSeconds,
): StageCluster {
  let last: { at: number; views: Promise<Map<string, UserView>> } | undefined;
  const views = () => {
    const now = performance.now();
    if (last === undefined || now - last.at > freshForMs) {
      last = { at: now, views: readClusterViews(prometheusUrl, control.cluster, windowSeconds) };
    }
    return last.views;
  };
  return {
    ...rest,
    control,
    userView: async (service) => (await views()).get(service) ?? noData,
    async look() {
      const [users, services] = await Promise.all([views(), control.services()]);
      const looks: Record<string, ServiceLook> = {};
      for (const { serviceName = '', runningCount = 0, desiredCount = 0, taskDefinition = '' } of services) {
        const revision = taskDefinition.split('/').at(-1) ?? '';
        looks[serviceName] = {
          ...(users.get(serviceName) ?? noData),
          running: runningCount,
          desired: desiredCount,
          taskDefinition: revision,
        };
      }
      return looks;
    },
    async capacity(service) {
      const { runningCount = 0, desiredCount = 0 } = await control.service(service);
      return { running: runningCount, desired: desiredCount };
    },
  };
}
