/** The control: tasks die, ECS replaces them, and the alert that follows comes when all is well again. Doing nothing is right. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterControl } from '../../stage/cluster-control.ts';
import type { Scene } from './scene.ts';

export const control: Scene = {
  number: 4,
  title: 'Control: an alert fires and nothing is wrong any more',
  fault: 'FIS stops all payment tasks three times in a row; ECS replaces them, and all is well before the alert arrives',
  feltAt: 'checkout',
  expected: null,
  async inject(cluster) {
    // ECS is back within two seconds each time; an outage that short alone would not even raise the alert.
    for (let time = 0; time < 3; time += 1) {
      await waitUntilRunning(cluster);
      await cluster.startExperiment({ service: 'payment', selection: 'ALL' }, 'aws:ecs:stop-task', {});
    }
  },
  async clear(cluster) {
    await cluster.stopExperiments();
  },
};

async function waitUntilRunning(cluster: ClusterControl): Promise<void> {
  while (((await cluster.service('payment')).runningCount ?? 0) === 0) await sleep(100);
}
