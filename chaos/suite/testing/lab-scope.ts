/** What a function of a module is handed, over the sandbox's own small laboratory: true calls, true processes, one cluster. */
import { onTestFinished } from 'vitest';
import { cluster, type Lab } from '../../sandbox/testing/lab.ts';
import { ClusterControl } from '../../stage/cluster-control.ts';
import type { Stage, StageCluster } from '../../stage/stage.ts';
import type { Scope } from '../providers/provider.ts';

export function labScope(lab: Lab, more: Partial<StageCluster> = {}): Scope & { end(): void } {
  const over = new AbortController();
  const credentials = { accessKeyId: 'AKIASCRIPTS000000000', secretAccessKey: 'sandbox' };
  const { endpoint, region } = lab.sandbox;
  const control = new ClusterControl(cluster, { endpoint, region, credentials }, (service) => lab.sandbox.balancerUrl(cluster, service));
  onTestFinished(() => {
    over.abort();
    control.close();
  });
  return {
    stage: { seconds: (written: number) => written * 1000 } as Stage,
    cluster: {
      control,
      async capacity(service: string) {
        const { runningCount = 0, desiredCount = 0 } = await control.service(service);
        return { running: runningCount, desired: desiredCount };
      },
      ...more,
    } as StageCluster,
    signal: over.signal,
    random: () => 0,
    end: () => over.abort(),
  };
}
