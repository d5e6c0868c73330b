/** The sandbox alone, on the command line: starts it with the shop and prints where everything is. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { deployStack, type Stack, waitUntilSteady } from './deploy.ts';
import type { ImageIndex } from './runtime/images.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';

interface Flags {
  port: number;
  pace: number;
  targets?: string;
  images?: string;
  cluster: string[];
  cpuLimits: boolean;
  json: boolean;
}

const shop = new URL('../shop/', import.meta.url);

const program = new Command('sandbox')
  .description('A local ECS, CloudWatch Logs and FIS that run real processes. Listens on loopback only.')
  .option('--port <number>', 'port of the AWS endpoint; 0 = any free one', number(0, 65_535), 0)
  .option('--pace <factor>', "AWS's durations are divided by this; 1 = AWS's own", number(0.1, 1000), 30)
  .option('--targets <file>', 'Prometheus file_sd file to keep up to date')
  .option('--images <file>', 'module that exports `images`: image reference -> { entry }; default: the shop')
  .option('--cluster <name...>', 'clusters that get the shop', ['shop'])
  .option('--cpu-limits', 'hold running tasks to the CPU they reserve', false)
  .option('--json', 'print one machine-readable line when ready', false)
  .action((flags: Flags) => run(flags));

await program.parseAsync();

async function run(flags: Flags): Promise<void> {
  const images = await loadImages(flags.images);
  const targetsFile = flags.targets === undefined ? {} : { targetsFile: resolve(flags.targets) };
  const sandbox = await startSandbox({ images, port: flags.port, pace: flags.pace, cpuLimits: flags.cpuLimits, ...targetsFile });
  const stop = stopOnce(sandbox);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  if (process.send !== undefined) process.on('disconnect', stop);
  const stacks = await loadStacks(flags);
  try {
    for (const stack of stacks) await deployStack(sandbox, stack);
    for (const stack of stacks) await waitUntilSteady(sandbox, stack, 120_000);
  } catch (error) {
    // Stopped while it was still starting: the broken calls are no news.
    if (stop.isStopping()) return;
    console.error(`sandbox: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
    stop();
    return;
  }
  announce(sandbox, flags);
}

function announce(sandbox: Sandbox, flags: Flags): void {
  const journal = `${sandbox.endpoint}/sandbox/journal`;
  const ready = {
    ready: true,
    endpoint: sandbox.endpoint,
    region: sandbox.region,
    pace: sandbox.pace,
    journal,
    balancers: sandbox.balancers(),
  };
  if (process.send !== undefined) process.send(ready);
  if (flags.json) console.log(JSON.stringify(ready));
  if (flags.json || process.send !== undefined) return;
  console.log(`AWS endpoint   ${sandbox.endpoint}   (ECS, CloudWatch Logs, FIS; pace ${sandbox.pace})`);
  console.log(`Journal        ${journal}`);
  if (flags.targets !== undefined) console.log(`Targets        ${resolve(flags.targets)}`);
  for (const [cluster, services] of Object.entries(ready.balancers)) {
    for (const [service, url] of Object.entries(services)) console.log(`${`${cluster}/${service}`.padEnd(24)} ${url}`);
  }
  const [cluster = 'shop'] = flags.cluster;
  const environment = `AWS_ENDPOINT_URL=${sandbox.endpoint} AWS_REGION=${sandbox.region} AWS_DEFAULT_REGION=${sandbox.region} AWS_ACCESS_KEY_ID=AKIACHAOSSCRIPTS0000 AWS_SECRET_ACCESS_KEY=sandbox`;
  console.log('\nAWS CLI and boto3 read the same variables:');
  console.log(`export ${environment}`);
  console.log(`aws ecs describe-services --cluster ${cluster} --services checkout`);
  console.log(`python3 -c "import boto3; print(boto3.client('ecs').list_tasks(cluster='${cluster}')['taskArns'])"`);
  console.log('\nCtrl-C stops everything.');
}

function stopOnce(sandbox: Sandbox): (() => void) & { isStopping(): boolean } {
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    sandbox.stop().then(
      () => process.exit(),
      () => process.exit(1),
    );
  };
  return Object.assign(stop, { isStopping: () => isStopping });
}

async function loadImages(file: string | undefined): Promise<ImageIndex> {
  const url = file === undefined ? new URL('images.ts', shop) : pathToFileURL(resolve(file));
  if (!existsSync(url)) {
    if (file === undefined) return {};
    program.error(`--images ${file}: no such file; give a module that exports \`images\``);
  }
  const module = (await import(url.href)) as { images?: ImageIndex };
  return module.images ?? program.error(`${url.pathname} exports no \`images\``);
}

/** With an image index of one's own, the sandbox starts empty. */
async function loadStacks(flags: Flags): Promise<Stack[]> {
  const url = new URL('stack.ts', shop);
  if (flags.images !== undefined || !existsSync(url)) return [];
  const { shopStack } = (await import(url.href)) as { shopStack: (cluster: string) => Stack };
  return flags.cluster.map((cluster) => shopStack(cluster));
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isFinite(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`must be a number from ${least} to ${most}.`);
  };
}
