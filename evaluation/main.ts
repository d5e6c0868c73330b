/**
 * `npm run eval`: how often the diagnosis is right, on public data where it lies and on cases of our own, beside what was published.
 * Exit codes: 0 every goal is met · 1 one is missed, or the evaluation failed · 2 options refused.
 */
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { findDatasets } from './datasets/find.ts';
import { verdictOf } from './figure.ts';
import { type Report, renderMisses, renderTables, writeDocument } from './report.ts';
import { suites } from './suites/list.ts';
import type { SuiteOptions } from './suites/suite.ts';

interface Options extends SuiteOptions {
  data: string;
  only?: string[];
  json?: string;
  docs?: string;
  misses: boolean;
}

const cli = new Command('npm run eval --')
  .description('Scores the diagnosis on public data sets and on cases of our own.')
  .option(
    '--data <folder>',
    'where the data sets lie; each is known by its files',
    fileURLToPath(new URL('../../shared/data', import.meta.url)),
  )
  .option('--only <ids>', `some of: ${suites.map(({ id }) => id).join(', ')}`, known)
  .option('--seed <n>', 'of everything that is made by chance', whole, 20_261_121)
  .option('--thorough', 'ask in more other words: times, noise, less history', false)
  .option('--misses', 'list every case that was not answered as it should be', false)
  .option('--json <file>', 'write everything as JSON', writable)
  .option('--docs <file>', 'write the tables into the generated block of that page', hasBlock)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

async function main(): Promise<number> {
  const options = cli.parse().opts<Options>();
  const command = `npm run eval ${['', ...process.argv.slice(2)].join(' ').trim() && `-- ${process.argv.slice(2).join(' ')}`}`.trim();
  const report: Report = { command, seed: options.seed, figures: [], claims: [], misses: [], notRun: [], notes: [] };
  let hasFailed = false;
  const found = findDatasets(options.data);
  for (const suite of suites.filter(({ id }) => options.only?.includes(id) ?? true)) {
    const folders = suite.needs === null ? [''] : found.filter(({ kind }) => kind === suite.needs).map(({ folder }) => folder);
    if (folders.length === 0)
      report.notRun.push({ suite: suite.id, why: `no data of its kind under ${options.data} (--data FOLDER names another)` });
    for (const folder of folders) {
      console.error(`${suite.title} …`);
      const result = await suite.run(folder, options).catch((error: unknown) => {
        report.notRun.push({ suite: suite.id, why: `it failed: ${error instanceof Error ? error.message : String(error)}` });
        hasFailed = true;
      });
      if (!result) continue;
      const { figures, claims, misses, notes } = result;
      report.figures.push(...figures);
      report.claims.push(...claims);
      report.misses.push(...misses);
      report.notes.push(...notes.map((note) => `${suite.id}: ${note}`));
    }
  }
  if (options.misses && report.misses.length > 0) console.log(renderMisses(report.misses));
  console.log(renderTables(report));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.docs) writeDocument(options.docs, report);
  return hasFailed || report.figures.some((figure) => verdictOf(figure) === 'MISSED') ? 1 : 0;
}

function known(text: string): string[] {
  const ids = text.split(',').map((id) => id.trim());
  const unknown = ids.filter((id) => !suites.some((suite) => suite.id === id));
  if (unknown.length > 0) throw new InvalidArgumentError(`there is no ${unknown.join(', ')}`);
  return ids;
}

/** Said before the minutes of work, not after. */
function writable(file: string): string {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    throw new InvalidArgumentError('its folder is not there or cannot be written');
  }
  return file;
}

function hasBlock(file: string): string {
  try {
    if (readFileSync(file, 'utf8').includes('<!-- generated:evaluation -->')) return file;
  } catch {
    throw new InvalidArgumentError('it cannot be read');
  }
  throw new InvalidArgumentError('it has no block generated:evaluation');
}

function whole(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('give a whole number');
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
