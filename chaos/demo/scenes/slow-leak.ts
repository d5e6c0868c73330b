/** Clients hang up in the middle of their requests; each costs a cart task one of its database connections. Nothing was deployed. */
import { sendHangUps, usualWave } from '../../shop/load/hang-ups.ts';
import type { Scene } from './scene.ts';

export const slowLeak: Scene = {
  number: 3,
  title: 'Every task of one service slowly degrades',
  fault: 'a wave of clients hangs up on cart mid-request; every task loses its database connections one by one, nothing was deployed',
  feltAt: 'cart',
  expected: { action: 'force-new-deployment', service: 'cart' },
  async inject(cluster) {
    await sendHangUps({ url: cluster.urlOf('cart'), count: usualWave.count, overMs: 5_000 });
  },
  async clear(cluster) {
    await cluster.restart('cart');
  },
};
