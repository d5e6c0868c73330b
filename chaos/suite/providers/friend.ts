/** What the agent asks, spoilt on its way back: metrics, alerts, ECS, logs, models. Nothing is done to the services. */
import { z } from 'zod';
import { faults } from '../../crash/faults/fault-proxy.ts';
import { friendNames } from '../../stage/friends.ts';
import { pause } from '../../stage/pause.ts';
import { action, type ProviderModule } from './provider.ts';

const Spoil = z.strictObject({
  which: z.enum(friendNames),
  // A name that fails is nothing that can happen to an address.
  how: z.enum(faults).exclude(['DNS']),
  /** AWS operations, or paths; all of them when left out. */
  operations: z.array(z.string().min(1)).min(1).optional(),
  /** The call is carried out first, and only its answer is spoilt. */
  afterEffect: z.boolean().optional(),
  /** Until the experiment ends where there are none. */
  seconds: z.number().positive().max(300).optional(),
});
type Spoil = z.infer<typeof Spoil>;

const spoil = action({
  arguments: Spoil,
  strikes: () => [],
  scope: 'once',
  async run({ which, seconds, ...spoiling }: Spoil, { stage, signal }) {
    const { friends } = stage;
    if (!friends) throw new Error('on this stage nothing stands between the agent and what it asks');
    await friends.spoil(which, spoiling);
    const mend = () => friends.spoil(which, undefined);
    if (seconds !== undefined) {
      pause(stage.seconds(seconds), signal).then(mend, () => undefined);
    }
    return mend;
  },
});

export const friend: ProviderModule = { name: 'friend', actions: { spoil }, probes: {} };
