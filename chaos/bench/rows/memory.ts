/** What the agent holds in memory: at rest against a bare LangGraph process, and for each incident that is open. */
import { type Bench, faultsOf, inTurn, sleep, until } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { memoryMiB } from '../machine.ts';
import { type Agent, cluster, openedIncidents, startBareLangGraph } from '../programs.ts';

/** Until a process has settled after its start. */
const restMs = 5_000;
const open = 10_000;

export const idleMemory = {
  id: 'idle',
  title: 'memory at rest',
  async run(bench: Bench): Promise<Figure[]> {
    const floor: number[] = [];
    const product: number[] = [];
    await inTurn(
      bench.rounds,
      async () => {
        const { program } = await startBareLangGraph(bench, bench.freshStore());
        await sleep(restMs);
        floor.push(memoryMiB(program.pid).proportional);
        await program.stop();
      },
      async (round) => {
        const agent = await bench.agent();
        await sleep(restMs);
        product.push(memoryMiB(agent.pid).proportional);
        await agent.kill();
        bench.say(`idle ${round}: ${floor.at(-1)?.toFixed(0)} / ${product.at(-1)?.toFixed(0)} MiB`);
      },
    );
    return [
      {
        id: 'idle',
        title: 'memory at rest (PSS)',
        unit: 'MiB',
        floor: { name: 'Express + LangGraph + SqliteSaver', values: floor },
        product: { name: 'agent', values: product },
        goal: { compare: 'at most', value: 1.3 },
        invalid: [],
        notes: [`${restMs / 1000} s after the start, before the first webhook`],
      },
    ];
  },
};

/** What may be given back has been: the lowest of some looks. */
async function settledMiB(agent: Agent): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < 5; look += 1) {
    await sleep(1_000);
    looks.push(memoryMiB(agent.pid).proportional);
  }
  return Math.min(...looks);
}

export const openMemory = {
  id: 'open',
  title: 'memory of 10,000 open incidents',
  async run(bench: Bench): Promise<Figure[]> {
    const product: number[] = [];
    const invalid: string[] = [];
    const notes: string[] = [];
    for (let round = 1; round <= bench.rounds; round += 1) {
      const agent = await bench.agent();
      bench.stubs.tell('hold');
      const once = { kind: 'once', alerts: 10 } as const;
      const common = { target: agent.target, warmUpMs: 0, windowMs: 120_000, seed: round };
      // The same work, all about one incident: what is measured is the open incidents, not the work.
      const before = await bench.load({
        ...common,
        fleet: { cluster, services: 1, alertNames: 1 },
        workload: { kind: 'new', alerts: 10 },
        windowMs: 3_000,
      });
      await until(() => openedIncidents(agent) >= 1, 60_000);
      const empty = await settledMiB(agent);
      const result = await bench.load({
        ...common,
        fleet: { cluster, services: 200, alertNames: open / 200, prefix: 'Open' },
        workload: once,
      });
      const sorted = await until(() => openedIncidents(agent) >= open, 120_000, 250);
      const full = await settledMiB(agent);
      await agent.kill();
      bench.stubs.tell('release');
      product.push(full - empty);
      const faults = [...faultsOf(before, 1), ...faultsOf(result, 1)];
      if (sorted === null) faults.push(`not all ${open} incidents were opened within 120 s`);
      invalid.push(...faults.map((fault) => `round ${round}: ${fault}`));
      if (round === bench.rounds) notes.push(`${empty.toFixed(0)} MiB before, ${full.toFixed(0)} MiB with them (PSS, last round)`);
      bench.say(`open ${round}: ${empty.toFixed(0)} -> ${full.toFixed(0)} MiB`);
    }
    return [
      {
        id: 'open',
        title: 'memory of 10,000 open incidents',
        unit: 'MiB',
        floor: null,
        product: { name: 'more than before they were opened', values: product },
        goal: { compare: 'at most', value: 40 },
        invalid,
        notes,
      },
    ];
  },
};
