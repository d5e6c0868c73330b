/** How soon a killed agent is back at work: 1,000 unfinished incidents, kill -9, start. */
import { type Bench, faultsOf, until } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { cluster, noOpAgent, openedIncidents, openIncidents } from '../programs.ts';

const incidents = 1_000;

interface Variant {
  id: string;
  title: string;
  /** Arguments of node; undefined: those of `npm start`. */
  command?: (stubs: string) => readonly string[];
  /** Goal for the last of them, seconds; null: shown only. */
  doneWithin: number | null;
  notes: string[];
}

const variants: Variant[] = [
  {
    id: 'resume',
    title: 'the agent',
    doneWithin: null,
    notes: [
      'the whole graph: every run looks four times before it hands the incident over, for the stubs know nothing; nearly 200 queries each, which is what its time goes into',
    ],
  },
  {
    id: 'resume-calls',
    title: 'five nodes of one call each',
    command: (stubs) => [...noOpAgent(), `${stubs}/one-call`],
    doneWithin: 10,
    notes: ['the same process with five nodes, each of which makes one HTTP call'],
  },
];

interface Resumed {
  firstCallSeconds: number;
  allDoneSeconds: number;
  faults: string[];
}

async function resume(bench: Bench, { command }: Variant, seed: number): Promise<Resumed> {
  const storePath = bench.freshStore();
  const options = {
    storePath,
    ...(command ? { command: command(bench.stubs.url) } : {}),
    // A second look at what was not clear comes as soon as it can; by default it waits 45 s.
    environment: { KINTSUGI_RUN_LOOK_AGAIN_SECONDS: '0.05' },
  };
  bench.stubs.tell('hold');
  const killed = await bench.agent(options);
  const fleet = { cluster, services: 200, alertNames: incidents / 200, prefix: 'Resume' };
  const result = await bench.load({
    target: killed.target,
    fleet,
    workload: { kind: 'once', alerts: 1 },
    warmUpMs: 0,
    windowMs: 60_000,
    seed,
  });
  const faults = faultsOf(result, 1);
  const opened = await until(() => openedIncidents(killed) >= incidents, 60_000);
  if (opened === null) faults.push(`not all ${incidents} incidents were opened within 60 s`);
  await killed.kill();
  bench.stubs.tell('release');
  await bench.stubs.count();
  const startedAt = Number(process.hrtime.bigint()) / 1e6;
  const agent = await bench.agent(options);
  const done = await until(() => openIncidents(agent) === 0, 300_000);
  const doneAt = Number(process.hrtime.bigint()) / 1e6;
  const { firstAt, calls } = await bench.stubs.count();
  if (done === null) faults.push(`${openIncidents(agent)} of ${incidents} incidents were not finished within 300 s`);
  if (firstAt === null) faults.push('no call came after the start');
  bench.say(
    `resume ${seed}: first call after ${(((firstAt ?? Number.NaN) - startedAt) / 1000).toFixed(2)} s, all done after ${((doneAt - startedAt) / 1000).toFixed(2)} s, ${calls} calls`,
  );
  await agent.kill();
  return { firstCallSeconds: ((firstAt ?? Number.NaN) - startedAt) / 1000, allDoneSeconds: (doneAt - startedAt) / 1000, faults };
}

export const resumes = variants.map((variant) => ({
  id: variant.id,
  title: `1,000 unfinished incidents after kill -9: ${variant.title}`,
  async run(bench: Bench): Promise<Figure[]> {
    const rounds: Resumed[] = [];
    for (let round = 1; round <= bench.rounds; round += 1) rounds.push(await resume(bench, variant, round));
    const invalid = rounds.flatMap(({ faults }, index) => faults.map((fault) => `round ${index + 1}: ${fault}`));
    const common = { unit: 's', floor: null, invalid, notes: variant.notes };
    return [
      {
        ...common,
        id: `${variant.id}-first`,
        title: `first call after the start: ${variant.title}`,
        product: { name: 'from the start of the process', values: rounds.map((round) => round.firstCallSeconds) },
        goal: { compare: 'at most', value: 1 },
      },
      {
        ...common,
        id: `${variant.id}-done`,
        title: `all 1,000 finished: ${variant.title}`,
        product: { name: 'from the start of the process', values: rounds.map((round) => round.allDoneSeconds) },
        goal: variant.doneWithin === null ? null : { compare: 'at most', value: variant.doneWithin },
      },
    ];
  },
}));
