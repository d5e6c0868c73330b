/**
 * What `docker-compose.local.yml` runs besides the agent, Prometheus and Alertmanager: their configuration, the sandbox with the shop and its
 * shoppers, and the faults. All of them share one network namespace, so every address is on loopback.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { renderMonitoring } from '../monitoring/render.ts';
import { deployStack, waitUntilSteady } from '../sandbox/deploy.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { images } from '../shop/images.ts';
import { startShoppers } from '../shop/load/shoppers.ts';
import { shopStack } from '../shop/stack.ts';
import { repository } from '../stage/agent-process.ts';
import { ClusterControl } from '../stage/cluster-control.ts';
import { composeCluster as cluster, composeAddresses, composePace as pace, Shop, shopFile } from '../stage/compose-stage.ts';
import { scenes } from './scenes/list.ts';

const awsPort = Number(new URL(composeAddresses.aws).port);
const agent = new URL(composeAddresses.agent).host;
const alertmanager = new URL(composeAddresses.alertmanager).host;
const shoppersPerSecond = 25;

const cli = new Command('local').description('The parts of docker-compose.local.yml; run inside its containers.');
cli.command('config').argument('<folder>').description('write the configuration and the tokens').action(writeConfig);
cli.command('shop').argument('<folder>').description('run the sandbox, the shop and its shoppers').action(runShop);
cli
  .command('fault')
  .argument('<scene>', `1 to ${scenes.length}, as in the demo`, sceneNumber)
  .description("put a scene's fault in")
  .action(putFaultIn);
await cli.parseAsync();

/** Again with the same folder: the tokens stay, for the agent and Alertmanager may be running with them. */
async function writeConfig(folder: string): Promise<void> {
  const monitoring = await renderMonitoring({
    dashboardsDir: join(repository, 'dashboards'),
    outDir: folder,
    pace,
    webhookUrl: `http://${agent}/webhooks/alertmanager`,
    webhookToken: await keptToken(join(folder, 'alertmanager', 'kintsugi-webhook-token')),
  });
  await monitoring.setAgent(agent);
  await monitoring.setAlertmanager(alertmanager);
  for (const name of ['kintsugi-api-token', 'kintsugi-audit-key']) {
    const file = join(folder, name);
    await writeFile(file, await keptToken(file), { mode: 0o600 });
  }
}

async function keptToken(file: string): Promise<string> {
  return existsSync(file) ? readFile(file, 'utf8') : randomBytes(32).toString('hex');
}

async function runShop(folder: string): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const targetsFile = join(folder, 'prometheus', 'targets', 'ecs', 'tasks.json');
  const sandbox = await startSandbox({ images, port: awsPort, pace, targetsFile });
  try {
    const stack = shopStack(cluster);
    await deployStack(sandbox, stack);
    await waitUntilSteady(sandbox, stack, 120_000, stop.signal);
    const services = sandbox.balancers()[cluster] ?? {};
    await writeFile(`${shopFile}.part`, JSON.stringify(services));
    await rename(`${shopFile}.part`, shopFile);
    console.log(`the shop is up: ${Object.keys(services).join(', ')}; ${shoppersPerSecond} requests/s`);
    await startShoppers({ url: sandbox.balancerUrl(cluster, 'storefront'), rate: shoppersPerSecond, seed: 1, signal: stop.signal }).done;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    await sandbox.stop();
  }
}

async function putFaultIn(number: number): Promise<void> {
  const scene = scenes.find((one) => one.number === number);
  if (!scene) throw new Error(`no scene ${number}`);
  const text = await readFile(shopFile, 'utf8').catch(() =>
    cli.error('the shop is not up yet; `docker-compose ps` shows when it is healthy'),
  );
  const shop = Shop.parse(JSON.parse(text));
  console.log(scene.fault);
  // Endpoint, region and credentials come from the SDK's own environment variables, as on AWS.
  await scene.inject(new ClusterControl(cluster, {}, (service) => shop[service] ?? cli.error(`the shop has no service ${service}`)));
  console.log(scene.expected ? `right answer: ${scene.expected.action} on ${scene.expected.service}` : 'right answer: change nothing');
}

function sceneNumber(text: string): number {
  const number = Number(text);
  if (scenes.some((scene) => scene.number === number)) return number;
  throw new InvalidArgumentError(`give a whole number from 1 to ${scenes.length}`);
}
