/** Durable acks against a plain Express handler that parses the same body and stores nothing. */
import { type Bench, checkStore, connections, faultsOf, inTurn, until } from '../bench.ts';
import type { Figure, Goal } from '../figure.ts';
import type { Workload } from '../load/plan.ts';
import { cpuMs } from '../machine.ts';
import { startFloor } from '../programs.ts';

interface Size {
  id: string;
  title: string;
  workload: Workload;
  goal: Goal | null;
}

const sizes: Size[] = [
  {
    id: 'acks-1',
    title: 'durable acks, 1 alert',
    workload: { kind: 'new', alerts: 1 },
    goal: { compare: 'at least', value: 0.75, aim: 1.05 },
  },
  { id: 'acks-10', title: 'durable acks, 10 alerts', workload: { kind: 'new', alerts: 10 }, goal: { compare: 'at least', value: 0.6 } },
  { id: 'acks-100', title: 'durable acks, 100 alerts', workload: { kind: 'new', alerts: 100 }, goal: { compare: 'at least', value: 0.35 } },
  { id: 'acks-mixed', title: 'durable acks, 1 to 100 alerts, 30 % came before', workload: { kind: 'mixed', repeatShare: 0.3 }, goal: null },
];

export const acks = sizes.map(({ id, title, workload, goal }) => ({
  id,
  title,
  async run(bench: Bench): Promise<Figure[]> {
    const floor: number[] = [];
    const product: number[] = [];
    const invalid: string[] = [];
    const notes: string[] = [];
    await inTurn(
      bench.rounds,
      async (round) => {
        const { program, target } = await startFloor(bench, 'express');
        const before = cpuMs(program.pid);
        const result = await bench.load({ target, workload, seed: round });
        const share = (cpuMs(program.pid) - before) / (1000 * result.seconds + bench.warmUpMs);
        await program.stop();
        floor.push(result.accepted / result.seconds);
        invalid.push(...faultsOf(result, share).map((fault) => `Express, round ${round}: ${fault}`));
      },
      async (round) => {
        const agent = await bench.agent();
        const before = cpuMs(agent.pid);
        let share = 0;
        // Killed while it still takes webhooks in: what it acknowledged a moment ago must be there.
        const result = await bench.load({ target: agent.target, workload, seed: round, untilGone: true }, async () => {
          share = (cpuMs(agent.pid) - before) / (bench.windowMs + bench.warmUpMs);
          await agent.kill();
        });
        product.push(result.accepted / result.seconds);
        invalid.push(...faultsOf(result, share).map((fault) => `agent, round ${round}: ${fault}`));
        const check = await checkStore(bench, agent.storePath, result.acknowledged);
        if (check.missing > 0) invalid.push(`agent, round ${round}: ${check.missing} acknowledged notifications are not in the store`);
        const sum = result.acknowledged.reduce((total, count) => total + count, 0);
        if (round === bench.rounds) {
          notes.push(`${sum} acknowledged, all on disk after kill -9: ${check.missing === 0 ? 'yes' : 'NO'}`);
          notes.push(await sortingTime(bench, agent.storePath, check.waiting));
        }
        bench.say(
          `${id} ${round}: ${floor.at(-1)?.toFixed(0)} / ${product.at(-1)?.toFixed(0)} per second, p99 ${result.latencyMs.p99.toFixed(1)} ms`,
        );
      },
    );
    const name = `acks/s over ${connections} connections`;
    return [{ id, title, unit: '/s', floor: { name: 'Express', values: floor }, product: { name, values: product }, goal, invalid, notes }];
  },
}));

/** How long the next start needs to sort what the killed one left waiting. */
async function sortingTime(bench: Bench, storePath: string, waiting: number): Promise<string> {
  if (waiting === 0) return 'nothing was left to sort';
  const agent = await bench.agent({ storePath });
  const took = await until(async () => ((await agent.metrics()).get('kintsugi_notifications{status="waiting"}') ?? 0) === 0, 120_000);
  await agent.kill();
  return took === null
    ? `${waiting} notifications were left to sort and were not sorted within 120 s`
    : `${waiting} notifications were left to sort; the next start sorted them in ${(took / 1000).toFixed(1)} s`;
}
