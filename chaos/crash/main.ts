/**
 * The crash laboratory, `npm run crash`: kills, stops, starves and cuts off real processes of the agent while a judge outside of them
 * looks at what becomes of each incident. Each campaign leaves a row; a full run makes docs/reliability.md of them.
 * Exit codes: 0 nothing failed · 1 something failed · 2 options refused.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { startPostgres } from '../database/postgres.ts';
import type { PostgresServer } from '../database/server.ts';
import { type LabCampaign, type LabOptions, rowOf } from './campaign.ts';
import { campaigns } from './campaigns.ts';
import { startCloud } from './cloud/server.ts';
import { type Engine, postgresStore, sqliteStore } from './lab-store.ts';
import { endAllReplicas, startReplica } from './replica.ts';
import { readRows, writeReport } from './report.ts';
import { environmentOf } from './settings.ts';
import { writeRow } from './write-row.ts';

interface Order {
  only?: string[];
  titled?: string;
  store?: Engine;
  runs?: number;
  seed: number;
  parallel: number;
  subset?: true;
  rows: string;
}

const cli = new Command('npm run crash --')
  .description('Kills, stops, starves and cuts off real processes of the agent, and judges from outside what became of each incident.')
  .option('--only <ids>', 'campaigns to run, such as R1,R15; those of generated cases too', (text) => text.split(','))
  .option('--titled <text>', 'of those, only the ones whose title holds this text', (text) => text.toLowerCase())
  .addOption(new Option('--store <engine>', 'one store only').choices(['sqlite', 'postgres']))
  .option('--runs <n>', 'size of each campaign, in its own unit (README.md)', whole)
  .option('--seed <n>', 'the same seed, the same cases', whole, 20_261_121)
  .option('--parallel <n>', 'lanes at a time', whole, availableParallelism() + 1)
  .option('--subset', 'the part every check can afford: under five minutes, no report')
  .option('--rows <folder>', 'where the result rows go', 'test-results/campaigns')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('expected a whole number from 1 on');
  return number;
}

async function main(): Promise<number> {
  const order = cli.parse().opts<Order>();
  const { only, titled = '' } = order;
  const chosen = campaigns.filter(({ id, title }) => (only === undefined || only.includes(id)) && title.toLowerCase().includes(titled));
  const generated = only?.filter((id) => !campaigns.some((campaign) => campaign.id === id)) ?? [];
  const engines = order.store ? [order.store] : (['sqlite', 'postgres'] as const);
  const isComplete = only === undefined && titled === '' && order.store === undefined && order.runs === undefined && !order.subset;
  if (isComplete) await rm(order.rows, { recursive: true, force: true });

  let failed = 0;
  for (const engine of engines) failed += await runOn(engine, chosen, order);
  if (isComplete || generated.length > 0) failed += runGeneratedCampaigns(generated, order);
  if (!order.subset && order.runs === undefined) report(order);
  console.log(failed === 0 ? 'The crash laboratory found nothing.' : `The crash laboratory found ${failed} failures.`);
  return failed === 0 ? 0 : 1;
}

async function runOn(engine: Engine, chosen: readonly LabCampaign[], order: Order): Promise<number> {
  const mine = chosen.filter((campaign) => campaign.engines.includes(engine) && sizeOf(campaign, order) > 0);
  if (mine.length === 0) return 0;
  const server = engine === 'postgres' ? await startPostgres() : undefined;
  if (server && 'missing' in server) {
    console.error(`NOT RUN on PostgreSQL: ${mine.map(({ id }) => id).join(', ')}. ${server.missing}`);
    return process.env.CI ? 1 : 0;
  }
  const folder = await mkdtemp(join(tmpdir(), 'kintsugi-crash-'));
  let failed = 0;
  try {
    await warmUp(folder);
    for (const campaign of mine) failed += await runCampaign(campaign, engine, order, folder, server);
  } finally {
    endAllReplicas();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return failed;
}

/**
 * Thousands of starts compile the same code. Node keeps what it compiled when a process ends by itself, which the killed ones do not; so
 * one does at the beginning.
 */
async function warmUp(folder: string): Promise<void> {
  process.env.NODE_COMPILE_CACHE ??= join(folder, 'compiled');
  const cloud = await startCloud();
  const { environment: store } = sqliteStore(folder, 'warm-up');
  const replica = startReplica('warm-up', environmentOf({ cloudUrl: cloud.url, clusters: ['none'], store, autonomy: 'auto' }));
  await replica.ready;
  replica.signal('SIGTERM');
  await replica.ended;
  await cloud.close();
}

async function runCampaign(
  campaign: LabCampaign,
  engine: Engine,
  order: Order,
  folder: string,
  server: PostgresServer | undefined,
): Promise<number> {
  const cloud = await startCloud();
  const label = `${campaign.id} ${engine} ${campaign.title}`;
  const options: LabOptions = {
    engine,
    runs: sizeOf(campaign, order),
    seed: order.seed,
    isLab: !order.subset,
    parallel: order.parallel,
    cloud,
    createStore: async (name) => (server ? await postgresStore(server.url, name) : sqliteStore(folder, name)),
    ...(server ? { serverUrl: server.url, restartServer: () => server.restart() } : {}),
    progress: (text) => console.log(`  ${label}: ${text}`),
  };
  const startedAt = performance.now();
  try {
    const outcome = await campaign.run(options);
    if (outcome.runs === 0) outcome.failures.push('no case was run');
    const row = rowOf(campaign, engine, order.seed, (performance.now() - startedAt) / 1000, outcome);
    writeRow(order.rows, row);
    console.log(`${label}: ${row.runs} runs, ${row.failures} failures, ${row.seconds} s, seed ${row.seed} ${JSON.stringify(row.measured)}`);
    for (const failure of outcome.failures.slice(0, 20)) console.log(`    ${failure}`);
    return row.failures;
  } finally {
    await cloud.close();
  }
}

function sizeOf(campaign: LabCampaign, order: Order): number {
  return order.runs ?? (order.subset ? campaign.runs.subset : campaign.runs.lab);
}

/** The campaigns of generated cases, which need no process to kill; without ids all of them. */
function runGeneratedCampaigns(ids: readonly string[], order: Order): number {
  const env = { ...process.env, CAMPAIGN_SEED: String(order.seed), CAMPAIGN_ROWS: resolve(order.rows) };
  const only = ids.length > 0 ? ['--testNamePattern', `(${ids.join('|')}): `] : [];
  const program = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.lab.config.ts', ...only];
  return spawnSync(process.execPath, program, { stdio: 'inherit', env }).status === 0 ? 0 : 1;
}

function report(order: Order): void {
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  writeReport(readRows(order.rows), { commit, command: `npm run crash -- --seed ${order.seed}` });
}

process.exitCode = await main();
