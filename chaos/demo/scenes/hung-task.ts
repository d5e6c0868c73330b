/** One of three tasks can no longer reach its database: it accepts connections and answers its health check, and its work hangs. */
import type { Scene } from './scene.ts';

export const hungTask: Scene = {
  number: 2,
  title: 'One task hangs but still accepts connections',
  fault: 'FIS drops what one of three catalog tasks sends to the database',
  feltAt: 'storefront',
  expected: { action: 'stop-task', service: 'catalog' },
  async inject(cluster) {
    await cluster.startExperiment({ service: 'catalog', selection: 'COUNT(1)' }, 'aws:ecs:task-network-blackhole-port', {
      duration: 'PT2H',
      port: '8080',
      protocol: 'tcp',
      trafficType: 'egress',
      useEcsFaultInjectionEndpoints: 'true',
    });
  },
  async clear(cluster) {
    await cluster.stopExperiments();
  },
};
