/** PostgreSQL in a container, by Testcontainers. */
import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { type FoundPostgres, type Missing, type PostgresSettings, serverArguments } from './server.ts';

const run = promisify(execFile);
const image = 'postgres:17-bookworm';
const reaper = 'testcontainers/ryuk';

export async function findContainer(): Promise<FoundPostgres | Missing> {
  if (!(await answers('version', '--format', '{{.Server.Version}}'))) return { missing: 'no container engine answers' };
  if (!(await hasImage(image)) && !(await pull(image))) {
    return { missing: `the container engine has no image ${image} and cannot pull it` };
  }
  return { start };
}

async function start(settings: PostgresSettings = {}) {
  // Without its image Testcontainers would fail for want of the container that only tidies up after a crash.
  if (!(await hasImage(reaper)) && !(await pull(`${reaper}:latest`))) process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  // On a machine that is itself a container Testcontainers looks for published ports at the bridge; an engine of our own has them on loopback.
  if (await isOfThisMachine()) process.env.TESTCONTAINERS_HOST_OVERRIDE ??= '127.0.0.1';
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const container = await new PostgreSqlContainer(image)
    .withCommand(['postgres', ...serverArguments(settings)])
    .withUsername('kintsugi')
    .withDatabase('kintsugi')
    // A port of the engine's choice would be another one after a restart.
    .withExposedPorts({ container: 5432, host: await freePort() })
    .start();
  return {
    url: container.getConnectionUri(),
    async restart() {
      await container.restart({ timeout: 0 });
    },
    async stop() {
      await container.stop();
    },
  };
}

async function isOfThisMachine(): Promise<boolean> {
  const { stdout } = await run('docker', ['info', '--format', '{{.Name}}']).catch(() => ({ stdout: '' }));
  return stdout.trim() === hostname();
}

async function hasImage(name: string): Promise<boolean> {
  const { stdout } = await run('docker', ['images', '--quiet', name]).catch(() => ({ stdout: '' }));
  return stdout.trim() !== '';
}

function pull(name: string): Promise<boolean> {
  return answers('pull', '--quiet', name);
}

async function answers(...args: string[]): Promise<boolean> {
  try {
    await run('docker', args, { timeout: 120_000 });
    return true;
  } catch {
    return false;
  }
}
