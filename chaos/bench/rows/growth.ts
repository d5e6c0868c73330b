/** Whether a store that has seen much makes the agent slower: the same work with 100 and with 100,000 incidents stored. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Bench, faultsOf, fillStore, inTurn } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { cluster, noOpAgent } from '../programs.ts';
import { finishIncidents } from './incidents.ts';

const sizes = { small: 100, large: 100_000 } as const;
/** Webhooks per second while the ack is looked at, and incidents whose cost is. */
const rate = 500;
const incidents = 1_000;

export const growth = {
  id: 'growth',
  title: 'the same work with 100,000 incidents stored',
  async run(bench: Bench): Promise<Figure[]> {
    const templates = { small: bench.freshStore(), large: bench.freshStore() };
    const notes: string[] = [];
    for (const size of ['small', 'large'] as const) {
      const { seconds, mebibytes } = await fillStore(bench, templates[size], sizes[size]);
      notes.push(`${sizes[size].toLocaleString('en')} incidents: ${mebibytes.toFixed(0)} MiB, filled in ${seconds.toFixed(0)} s`);
    }
    const cpu = { small: [] as number[], large: [] as number[] };
    const p99 = { small: [] as number[], large: [] as number[] };
    const invalid: string[] = [];
    const measure = (size: 'small' | 'large') => async (round: number) => {
      const storePath = bench.freshStore();
      copyStore(templates[size], storePath);
      const agent = await bench.agent({ storePath, command: noOpAgent() });
      const warm = await finishIncidents(bench, agent, 200, 'WarmUp', round);
      const measured = await finishIncidents(bench, agent, incidents, 'Growth', round);
      const steady = await bench.load({
        target: agent.target,
        // Of a fleet whose incidents have just been closed: each opens anew and looks for the one before.
        fleet: { cluster, services: 200, alertNames: 5, prefix: 'Growth' },
        workload: { kind: 'new', alerts: 1 },
        rate,
        warmUpMs: bench.warmUpMs,
        windowMs: bench.windowMs,
        seed: round,
      });
      await agent.kill();
      cpu[size].push(measured.cpuMsEach);
      p99[size].push(steady.latencyMs.p99);
      const faults = [...warm.faults, ...measured.faults, ...faultsOf(steady, 1)];
      invalid.push(...faults.map((fault) => `${sizes[size]} stored, round ${round}: ${fault}`));
      bench.say(
        `growth ${round}, ${sizes[size]} stored: ${measured.cpuMsEach.toFixed(2)} ms an incident, ack p99 ${steady.latencyMs.p99.toFixed(2)} ms`,
      );
    };
    await inTurn(bench.rounds, measure('small'), measure('large'));
    const floorName = `${sizes.small} stored`;
    const name = `${sizes.large.toLocaleString('en')} stored`;
    const common = { unit: 'ms', goal: { compare: 'at most', value: 1.3 } as const, invalid };
    return [
      {
        ...common,
        id: 'growth-cpu',
        title: 'processor time of a no-op incident',
        floor: { name: floorName, values: cpu.small },
        product: { name, values: cpu.large },
        notes,
      },
      {
        ...common,
        id: 'growth-ack',
        title: `ack p99 at ${rate} webhooks a second`,
        floor: { name: floorName, values: p99.small },
        product: { name, values: p99.large },
        notes: ['every webhook opens or joins an incident, which runs on the same core meanwhile'],
      },
    ];
  },
};

function copyStore(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  for (const suffix of ['', '-wal']) if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
}
