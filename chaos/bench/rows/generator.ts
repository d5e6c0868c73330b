/** What the load generator itself can drive: a server that reads a body and answers, and nothing else. */
import { type Bench, faultsOf } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { startFloor } from '../programs.ts';

export const generator = {
  id: 'generator',
  title: 'what the load generator can drive',
  async run(bench: Bench): Promise<Figure[]> {
    const driven: number[] = [];
    const busy: number[] = [];
    const invalid: string[] = [];
    for (let round = 1; round <= bench.rounds; round += 1) {
      const { program, target } = await startFloor(bench, 'trivial');
      const result = await bench.load({ target, workload: { kind: 'new', alerts: 1 }, seed: round });
      await program.stop();
      driven.push(result.accepted / result.seconds);
      busy.push(result.busy);
      invalid.push(...faultsOf(result, 1));
      bench.say(`generator ${round}: ${driven.at(-1)?.toFixed(0)} per second, ${Math.round(result.busy * 100)} % busy`);
    }
    const most = Math.round(Math.max(...busy) * 100);
    return [
      {
        id: 'generator',
        title: 'what the load generator drives',
        unit: '/s',
        floor: null,
        product: { name: 'requests/s of 1 alert into a trivial node:http server', values: driven },
        goal: null,
        invalid,
        notes: [
          `the generator was at most ${most} % busy; a window in which it is busier than 97 % while the other side has time left is invalid`,
        ],
      },
    ];
  },
};
