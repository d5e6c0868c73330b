/** What the services need and nobody here runs: the card acquirer outside of the cluster. */
import { z } from 'zod';
import { action, type ProviderModule } from './provider.ts';

const StateOrder = z.strictObject({ state: z.enum(['up', 'slow', 'down']) });
type StateOrder = z.infer<typeof StateOrder>;

const set = action({
  arguments: StateOrder,
  strikes: () => [],
  scope: 'each-cluster',
  async run({ state }: StateOrder, { cluster: { outside } }) {
    if (!outside) throw new Error('this stage has no acquirer outside of its cluster');
    await outside.set(state);
    return () => outside.set('up');
  },
});

export const outside: ProviderModule = { name: 'outside', actions: { set }, probes: {} };
