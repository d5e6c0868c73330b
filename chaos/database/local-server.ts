/** PostgreSQL from the programs on this machine: a fresh cluster in a temporary folder. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { type FoundPostgres, type Missing, type PostgresServer, type PostgresSettings, serverArguments } from './server.ts';

const run = promisify(execFile);

/** Ends the server when our end of its pipe closes, which even `kill -9` of this process does. */
const supervised = `trap "" INT TERM HUP; "$@" & server=$!; read -r _; kill -QUIT $server 2>/dev/null; wait $server`;

interface User {
  uid: number;
  gid: number;
}

export function findLocalServer(): FoundPostgres | Missing {
  const programs = findPrograms();
  if (!programs) return { missing: 'no initdb and postgres on this machine (on Debian: apt-get install postgresql)' };
  const user = ordinaryUser();
  if (user === 'none') return { missing: 'PostgreSQL refuses to run as root, and neither postgres nor nobody is a user here' };
  return { start: (settings = {}) => start(programs, user, settings) };
}

/** Debian keeps them out of the PATH, one folder a version. */
function findPrograms(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((one, other) => Number(other) - Number(one)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(':')];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** As root the server must run as somebody else. */
function ordinaryUser(): User | undefined | 'none' {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  return 'none';
}

async function start(programs: string, user: User | undefined, asked: PostgresSettings): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'kintsugi-postgres-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  await run(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'kintsugi', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions'],
    { ...user, cwd: folder },
  );
  const port = await freePort();
  const url = `postgres://kintsugi@127.0.0.1:${port}/postgres`;
  let server = await serve();

  async function serve(): Promise<ChildProcess> {
    const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', shared_buffers: '64MB' };
    const options = [...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]), ...serverArguments(asked)];
    const child = spawn('sh', ['-c', supervised, 'sh', join(programs, 'postgres'), '-D', data, ...options], {
      ...user,
      cwd: folder,
      stdio: ['pipe', 'ignore', 'pipe'],
      // Its own process group: Ctrl-C is for this process.
      detached: true,
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-4_000);
    });
    child.stdin.on('error', () => undefined);
    for (const deadline = Date.now() + 30_000; !(await answers(url)); await sleep(20)) {
      if (Date.now() > deadline) {
        await end(child);
        throw new Error(`PostgreSQL was not ready within 30 s: ${said}`);
      }
    }
    return child;
  }

  return {
    url,
    async restart() {
      await end(server);
      server = await serve();
    },
    async stop() {
      await end(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
