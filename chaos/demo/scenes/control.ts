/** The control: tasks die, ECS replaces them, and the alert that follows comes when all is well again. Doing nothing is right. */
import type { Scene } from './scene.ts';

export const control: Scene = {
  number: 4,
  title: 'Control: an alert fires and nothing is wrong any more',
  fault: 'FIS stops all payment tasks; ECS itself replaces them before the alert arrives',
  feltAt: 'checkout',
  expected: null,
  async inject(cluster) {
    await cluster.startExperiment({ service: 'payment', selection: 'ALL' }, 'aws:ecs:stop-task', {});
  },
  async clear(cluster) {
    await cluster.stopExperiments();
  },
};
