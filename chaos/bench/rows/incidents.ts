/** Finished incidents per second: the agent's whole path with five nodes that do nothing, against LangGraph that does nothing else. */
import { type Bench, faultsOf, inTurn, sleep, until } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { cpuMs } from '../machine.ts';
import { type Agent, cluster, noOpAgent, openedIncidents, openIncidents, startBareLangGraph } from '../programs.ts';

const incidents = 1_000;
/** What bare LangGraph is fastest with here. */
const floorConcurrency = 8;

interface Finished {
  perSecond: number;
  cpuMsEach: number;
  ackP99Ms: number;
  faults: string[];
}

/** From the first webhook to the last closed incident. */
export async function finishIncidents(bench: Bench, agent: Agent, count: number, prefix: string, seed: number): Promise<Finished> {
  const before = openedIncidents(agent);
  const cpu = cpuMs(agent.pid);
  const began = performance.now();
  const fleet = { cluster, services: 200, alertNames: count / 200, prefix };
  const result = await bench.load({
    target: agent.target,
    fleet,
    workload: { kind: 'once', alerts: 1 },
    warmUpMs: 0,
    windowMs: 60_000,
    seed,
  });
  const isDone = () => openIncidents(agent) === 0 && openedIncidents(agent) - before >= count;
  const allDone = await until(isDone, 120_000, 100);
  const seconds = (performance.now() - began) / 1000;
  const faults = faultsOf(result, 1);
  if (allDone === null) faults.push(`${openIncidents(agent)} of ${count} incidents were not finished within 120 s`);
  return { perSecond: count / seconds, cpuMsEach: (cpuMs(agent.pid) - cpu) / count, ackP99Ms: result.latencyMs.p99, faults };
}

/** The floor with the same work at its door: every webhook starts a run at once. */
async function takeWebhooks(bench: Bench, seed: number): Promise<{ perSecond: number; faults: string[] }> {
  const { program } = await startBareLangGraph(bench, bench.freshStore());
  const { hostname: host, port } = new URL(program.url);
  const target = { host, port: Number(port), path: '/webhooks/alertmanager' };
  const finished = async () => (await (await fetch(`${program.url}/finished`)).json()) as number;
  const send = (count: number, prefix: string) => {
    const fleet = { cluster, services: 200, alertNames: count / 200, prefix };
    return bench.load({ target, fleet, workload: { kind: 'once', alerts: 1 }, warmUpMs: 0, windowMs: 60_000, seed });
  };
  await send(200, 'WarmUp');
  await until(async () => (await finished()) >= 200, 120_000, 100);
  await sleep(500);
  const began = performance.now();
  const result = await send(incidents, 'NoOp');
  const faults = faultsOf(result, 1);
  const done = await until(async () => (await finished()) >= 200 + incidents, 120_000, 100);
  const seconds = (performance.now() - began) / 1000;
  await program.stop();
  if (done === null) faults.push(`not all of ${incidents} runs had ended after 120 s`);
  return { perSecond: incidents / seconds, faults };
}

export const finishedIncidents = {
  id: 'incidents',
  title: 'finished no-op incidents',
  async run(bench: Bench): Promise<Figure[]> {
    const behindDoor: number[] = [];
    const asItComes: number[] = [];
    const synced: number[] = [];
    const product: number[] = [];
    const cpu = { floor: [] as number[], product: [] as number[] };
    const invalid: string[] = [];
    const runFloor = async (query: string) => {
      const { program } = await startBareLangGraph(bench, bench.freshStore());
      const run = async (count: number) => {
        const url = `${program.url}/run?incidents=${count}&concurrency=${floorConcurrency}${query}`;
        return (await (await fetch(url, { method: 'POST' })).json()) as { seconds: number; cpuMs: number };
      };
      await run(incidents / 4);
      const { seconds, cpuMs: used } = await run(incidents);
      await program.stop();
      return { perSecond: incidents / seconds, cpuMsEach: used / incidents };
    };
    await inTurn(
      bench.rounds,
      async (round) => {
        const taken = await takeWebhooks(bench, round);
        behindDoor.push(taken.perSecond);
        invalid.push(...taken.faults.map((fault) => `LangGraph behind Express, round ${round}: ${fault}`));
        const measured = await runFloor('');
        asItComes.push(measured.perSecond);
        cpu.floor.push(measured.cpuMsEach);
        synced.push((await runFloor('&synchronous=FULL')).perSecond);
      },
      async (round) => {
        const agent = await bench.agent({ command: noOpAgent() });
        await finishIncidents(bench, agent, 200, 'WarmUp', round);
        await sleep(500);
        const measured = await finishIncidents(bench, agent, incidents, 'NoOp', round);
        await agent.kill();
        product.push(measured.perSecond);
        cpu.product.push(measured.cpuMsEach);
        invalid.push(...measured.faults.map((fault) => `agent, round ${round}: ${fault}`));
        const line = [behindDoor, asItComes, synced, product].map((values) => values.at(-1)?.toFixed(0)).join(' / ');
        bench.say(`incidents ${round}: ${line} per second (behind Express, bare, bare with FULL, agent)`);
      },
    );
    const name = '1,000 webhooks in, sorted, claimed, run, closed, audited';
    const common = { product: { name, values: product }, unit: '/s', invalid, notes: [] };
    return [
      {
        ...common,
        id: 'incidents',
        title: 'finished no-op incidents',
        floor: { name: 'LangGraph, SqliteSaver as it comes', values: asItComes },
        goal: { compare: 'at least', value: 1 },
        notes: [
          'the floor as it comes does not sync its commits (synchronous=NORMAL); the agent syncs all of them',
          `the floor runs ${floorConcurrency} at a time, its fastest here; same graph, same state, and no door, claim, close or audit`,
        ],
      },
      {
        ...common,
        id: 'incidents-door',
        title: 'the same, the floor behind Express',
        floor: { name: 'LangGraph, SqliteSaver as it comes, a run for each webhook', values: behindDoor },
        goal: null,
        notes: ['it stores nothing before it answers'],
      },
      {
        ...common,
        id: 'incidents-synced',
        title: 'the same, the floor synced',
        floor: { name: 'LangGraph, SqliteSaver with synchronous=FULL', values: synced },
        goal: null,
      },
      {
        ...common,
        id: 'incidents-cpu',
        title: 'processor time of a no-op incident',
        unit: 'ms',
        floor: { name: 'LangGraph, SqliteSaver as it comes', values: cpu.floor },
        product: { name: 'the whole agent process', values: cpu.product },
        goal: null,
      },
    ];
  },
};
