/** Looks at every cluster once a second and writes down what it sees, from before the fault to the end. */
import type { Stage, StageCluster } from '../stage/stage.ts';
import type { BoundProbe } from './format/bind.ts';
import type { Look } from './played.ts';

export interface Watcher {
  /** Of this cluster, oldest first. */
  looks(cluster: StageCluster): readonly Look[];
  /** Resolves after another look at every cluster. */
  look(): Promise<void>;
}

export function createWatcher(stage: Stage, steadyState: readonly BoundProbe[]): Watcher {
  const all = new Map(stage.clusters.map((cluster) => [cluster, { looks: [] as Look[], counts: cluster.shoppers?.counts() }]));

  async function lookAt(cluster: StageCluster): Promise<void> {
    const seen = all.get(cluster);
    if (!seen) return;
    const [services, isSteady] = await Promise.all([cluster.look(), areWithin(steadyState, stage, cluster)]);
    const counts = cluster.shoppers?.counts();
    const users =
      counts && seen.counts
        ? {
            asked: counts.asked - seen.counts.asked,
            failed: counts.failed - seen.counts.failed,
            slow: counts.slow - seen.counts.slow,
          }
        : null;
    seen.counts = counts;
    seen.looks.push({ at: Date.now(), isSteady, users, services });
  }

  return {
    looks: (cluster) => all.get(cluster)?.looks ?? [],
    async look() {
      await Promise.all(stage.clusters.map(lookAt));
    },
  };
}

/** Null: one could not be read. */
async function areWithin(probes: readonly BoundProbe[], stage: Stage, cluster: StageCluster): Promise<boolean | null> {
  const readings = await Promise.all(probes.map((probe) => isWithin(probe, stage, cluster)));
  if (readings.includes(false)) return false;
  return readings.includes(null) ? null : true;
}

export async function isWithin(probe: BoundProbe, stage: Stage, cluster: StageCluster): Promise<boolean | null> {
  const value = await probe.function.read(probe.given, { stage, cluster });
  return value === null ? null : value >= probe.range[0] && value <= probe.range[1];
}
