/** Capacity that AWS lends and takes back. The interruption itself is AWS's own to make, so that this module is for the sandbox only. */
import { UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { z } from 'zod';
import { action, type ProviderModule } from './provider.ts';

const Move = z.strictObject({ service: z.string().min(1) });
type Move = z.infer<typeof Move>;

/** Seconds, as everywhere in an experiment. */
const movedWithin = 30;
const lookEveryMs = 100;

const move = action({
  arguments: Move,
  strikes: ({ service }: Move) => [service],
  scope: 'each-cluster',
  async run({ service }: Move, { cluster, stage, signal }) {
    const { control } = cluster;
    await control.clients.ecs.send(
      new UpdateServiceCommand({
        cluster: control.cluster,
        service,
        capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
        forceNewDeployment: true,
      }),
    );
    const deadline = Date.now() + stage.seconds(movedWithin);
    while (!(await control.isSteady())) {
      signal.throwIfAborted();
      if (Date.now() > deadline) throw new Error(`${service} did not come to rest on Spot in cluster ${control.cluster}`);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    return undefined;
  },
});

const Interrupt = z.strictObject({
  service: z.string().min(1),
  count: z.int().min(1).max(50),
  /** Until AWS lends again; tasks on Spot find no place meanwhile. */
  withoutCapacity: z.number().positive().optional(),
});
type Interrupt = z.infer<typeof Interrupt>;

const interrupt = action({
  arguments: Interrupt,
  strikes: ({ service }: Interrupt) => [service],
  scope: 'each-cluster',
  async run({ service, count, withoutCapacity }: Interrupt, { cluster, stage }) {
    const { control } = cluster;
    const { endpoint } = control.clientConfig;
    if (stage.where !== 'sandbox' || typeof endpoint !== 'string') throw new Error('only the sandbox can be told to take Spot tasks back');
    // The sandbox divides AWS's seconds by the pace.
    const away = withoutCapacity === undefined ? {} : { withoutCapacitySeconds: (stage.seconds(withoutCapacity) / 1000) * stage.pace };
    const response = await fetch(`${endpoint}/sandbox/spot-interruptions`, {
      method: 'POST',
      body: JSON.stringify({ cluster: control.cluster, service, count, ...away }),
    });
    if (!response.ok) throw new Error(`the sandbox answered ${response.status}: ${await response.text()}`);
    return undefined;
  },
});

export const spot: ProviderModule = { name: 'spot', actions: { move, interrupt }, probes: {} };
