/**
 * `npm run bench`: what the agent does against its floors, measured in turn on this machine.
 * Exit codes: 0 every goal is met · 1 one is missed, or a run was invalid · 2 options refused.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { startBench } from './bench.ts';
import { type Figure, judge } from './figure.ts';
import { canPin, describeMachine, loadAverage } from './machine.ts';
import { type BenchReport, renderTable, writeDocument } from './report.ts';
import { scenarios } from './rows/list.ts';

interface Options {
  only?: string[];
  rounds: number;
  seconds: number;
  json?: string;
  docs?: string;
  folder: string;
}

const cli = new Command('npm run bench --')
  .description('Measures the agent and its floors in turn (A B A B …) on loopback and holds the ratios against their goals.')
  .option('--only <ids>', `some of: ${scenarios.map(({ id }) => id).join(', ')}`, known)
  .option('--rounds <n>', 'rounds of floor and product', positive, 5)
  .option('--seconds <n>', 'length of a measured window', positive, 5)
  .option('--json <file>', 'write the figures as JSON')
  .option('--docs <file>', 'write the table into the generated block of that page')
  .option('--folder <path>', 'where the stores lie while it runs; a disk, not memory', tmpdir())
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

async function main(): Promise<number> {
  const options = cli.parse().opts<Options>();
  const isPinned = canPin();
  const machine = describeMachine(options.folder, isPinned);
  const say = (text: string) => console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`);
  if (!isPinned) say('NOT PINNED: taskset or a second core is missing; the ratios say less than they could');
  const chosen = options.only ? scenarios.filter(({ id }) => options.only?.includes(id)) : scenarios;
  const bench = await startBench({
    rounds: options.rounds,
    windowMs: options.seconds * 1000,
    warmUpMs: Math.min(2000, options.seconds * 1000),
    measuredCore: isPinned ? 0 : null,
    loadCore: isPinned ? 1 : null,
    parent: options.folder,
    say,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void bench.stop().then(() => process.exit(130)));
  }
  const report: BenchReport = {
    startedAt: new Date().toISOString(),
    command: `npm run bench -- ${process.argv.slice(2).join(' ')}`.trim(),
    machine,
    loadBefore: loadAverage(),
    loadAfter: '',
    rounds: options.rounds,
    seconds: options.seconds,
    figures: [],
  };
  try {
    for (const scenario of chosen) {
      say(scenario.title);
      const figures = await scenario.run(bench).catch((error: unknown): Figure[] => [brokenFigure(scenario, error)]);
      report.figures.push(...figures.map(judge));
    }
  } finally {
    await bench.stop();
  }
  report.loadAfter = loadAverage();
  console.log(renderTable(report));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.docs) writeDocument(options.docs, report);
  return report.figures.every(({ verdict }) => verdict === 'met' || verdict === 'shown') ? 0 : 1;
}

/** One scenario that fails must not take the others with it; it scores nothing. */
function brokenFigure({ id, title }: { id: string; title: string }, error: unknown): Figure {
  const why = error instanceof Error ? error.message : String(error);
  return { id, title, unit: '', floor: null, product: { name: '', values: [] }, goal: null, invalid: [`it failed: ${why}`], notes: [] };
}

function known(text: string): string[] {
  const ids = text.split(',').map((id) => id.trim());
  const unknown = ids.filter((id) => !scenarios.some((scenario) => scenario.id === id));
  if (unknown.length > 0) throw new InvalidArgumentError(`there is no ${unknown.join(', ')}`);
  return ids;
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('give a whole number above 0');
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
