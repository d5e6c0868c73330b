/** A release passes its health check and completes, and one endpoint fails. */
import type { Scene } from './scene.ts';

const good = new Map<string, string>();

export const badRelease: Scene = {
  number: 1,
  title: 'A release breaks one endpoint',
  fault: 'checkout 1.5.0 is deployed; its health check passes, its POST /quote fails',
  feltAt: 'storefront',
  expected: { action: 'roll-back-deployment', service: 'checkout' },
  async inject(cluster) {
    good.set(cluster.cluster, await cluster.deployImage('checkout', 'shop/checkout:1.5.0'));
  },
  async clear(cluster) {
    const before = good.get(cluster.cluster);
    if (before && (await cluster.service('checkout')).taskDefinition !== before) await cluster.deploy('checkout', before);
  },
};
