/** How long the slowest acks take when 1,000 incidents begin at once. */
import { type Bench, connections, faultsOf, inTurn, sleep } from '../bench.ts';
import type { Figure } from '../figure.ts';
import type { Target } from '../load/bodies.ts';
import type { LoadResult } from '../load/plan.ts';
import { cluster, startFloor } from '../programs.ts';

/** Both sides get as many requests to warm up, all about one series, and a pause. */
async function burst(bench: Bench, target: Target, seed: number): Promise<LoadResult> {
  await bench.load({
    target,
    fleet: { cluster, services: 1, alertNames: 1, prefix: 'WarmUp' },
    workload: { kind: 'new', alerts: 1 },
    warmUpMs: 0,
    windowMs: bench.warmUpMs,
    seed,
  });
  await sleep(2_000);
  const fleet = { cluster, services: 200, alertNames: 5, prefix: 'Burst' };
  return bench.load({ target, fleet, workload: { kind: 'once', alerts: 1 }, warmUpMs: 0, windowMs: 60_000, seed });
}

export const burstOfIncidents = {
  id: 'burst',
  title: 'ack p99 in a burst of 1,000 incidents',
  async run(bench: Bench): Promise<Figure[]> {
    const floor: number[] = [];
    const product: number[] = [];
    const invalid: string[] = [];
    await inTurn(
      bench.rounds,
      async (round) => {
        const { program, target } = await startFloor(bench, 'express');
        const result = await burst(bench, target, round);
        await program.stop();
        floor.push(result.latencyMs.p99);
        invalid.push(...faultsOf(result, 1).map((fault) => `Express, round ${round}: ${fault}`));
      },
      async (round) => {
        const agent = await bench.agent();
        const result = await burst(bench, agent.target, round);
        await agent.kill();
        product.push(result.latencyMs.p99);
        invalid.push(...faultsOf(result, 1).map((fault) => `agent, round ${round}: ${fault}`));
        if (result.accepted !== 1000) invalid.push(`agent, round ${round}: ${result.accepted} of 1,000 were accepted`);
        bench.say(`burst ${round}: p99 ${floor.at(-1)?.toFixed(1)} / ${product.at(-1)?.toFixed(1)} ms`);
      },
    );
    return [
      {
        id: 'burst',
        title: 'ack p99 in a burst of 1,000 incidents',
        unit: 'ms',
        floor: { name: 'Express', values: floor },
        product: { name: `p99, 1,000 bodies over ${connections} connections`, values: product },
        goal: { compare: 'at most', value: 2 },
        invalid,
        notes: [],
      },
    ];
  },
};
