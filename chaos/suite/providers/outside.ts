/** What the services need and nobody here runs: the card acquirer outside of the cluster. */
import { z } from 'zod';
import { action, type ProviderModule } from './provider.ts';

const Set = z.strictObject({ state: z.enum(['up', 'slow', 'down']) });
type Set = z.infer<typeof Set>;

const set = action({
  arguments: Set,
  strikes: () => [],
  scope: 'each-cluster',
  async run({ state }: Set, { cluster: { outside } }) {
    if (!outside) throw new Error('this stage has no acquirer outside of its cluster');
    await outside.set(state);
    return () => outside.set('up');
  },
});

export const outside: ProviderModule = { name: 'outside', actions: { set }, probes: {} };
