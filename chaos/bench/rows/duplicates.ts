/** What Alertmanager itself takes in when the same alerts come again, against what the agent does with the same bodies. */
import { findPrograms } from '../../monitoring/programs.ts';
import { type Bench, checkStore, connections, faultsOf, inTurn } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { cpuMs } from '../machine.ts';
import { startAlertmanager } from '../programs.ts';

/** Ten alerts in a body: the size at which Alertmanager takes most in. */
const shape = { alerts: 10, distinct: 100 } as const;

export const duplicates = {
  id: 'duplicates',
  title: 'exact duplicates absorbed',
  async run(bench: Bench): Promise<Figure[]> {
    const floor: number[] = [];
    const product: number[] = [];
    const invalid: string[] = [];
    const programs = await findPrograms().catch((error: unknown) => String(error));
    if (typeof programs === 'string') invalid.push(`SKIPPED, there is no Alertmanager here: ${programs.split('\n')[0]}`);
    await inTurn(
      bench.rounds,
      async (round) => {
        if (typeof programs === 'string') return;
        const { program, target } = await startAlertmanager(bench, programs);
        const before = cpuMs(program.pid);
        const result = await bench.load({ target, workload: { kind: 'repeated', ...shape, newShare: 0, form: 'alerts' }, seed: round });
        const share = (cpuMs(program.pid) - before) / (1000 * result.seconds + bench.warmUpMs);
        await program.stop();
        floor.push(result.alerts / result.seconds);
        invalid.push(...faultsOf(result, share).map((fault) => `Alertmanager, round ${round}: ${fault}`));
      },
      async (round) => {
        const agent = await bench.agent();
        const before = cpuMs(agent.pid);
        let share = 0;
        const workload = { kind: 'repeated', ...shape, newShare: 0.05, form: 'notification' } as const;
        const result = await bench.load({ target: agent.target, workload, seed: round, untilGone: true }, async () => {
          share = (cpuMs(agent.pid) - before) / (bench.windowMs + bench.warmUpMs);
          await agent.kill();
        });
        product.push(result.alerts / result.seconds);
        invalid.push(...faultsOf(result, share).map((fault) => `agent, round ${round}: ${fault}`));
        const { missing } = await checkStore(bench, agent.storePath, result.acknowledged);
        if (missing > 0) invalid.push(`agent, round ${round}: ${missing} acknowledged notifications are not in the store`);
        bench.say(`duplicates ${round}: ${floor.at(-1)?.toFixed(0)} / ${product.at(-1)?.toFixed(0)} alerts per second`);
      },
    );
    return [
      {
        id: 'duplicates',
        title: 'exact duplicates absorbed',
        unit: 'alerts/s',
        floor: { name: 'Alertmanager', values: floor },
        product: { name: `alerts/s, 10 a body, 95 % of 100 bodies again, ${connections} connections`, values: product },
        goal: { compare: 'at least', value: 5 },
        invalid,
        notes: ['Alertmanager gets nothing but duplicates; the agent 5 % new bodies among them'],
      },
    ];
  },
};
