/** One program as a child process that listens on loopback: start, wait until ready, stop. It does not outlive this process, however that ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ListeningProgram {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** `127.0.0.1:PORT` */
  address: string;
  pid: number;
  /** Settles when the program ends, wanted or not. */
  exited: Promise<void>;
  /** The last lines it wrote to stderr. */
  stderrTail(): string;
  /** SIGTERM, and SIGKILL after the grace; resolves when it has ended. */
  stop(): Promise<void>;
}

export interface StartOptions {
  name: string;
  command: string;
  args: (address: string) => string[];
  cwd: string;
  /** Answers 200 when the program is ready. */
  readyPath: string;
  /** The whole environment; default: this process's own. */
  env?: Record<string, string>;
  /** Default: a free one. */
  port?: number;
  /** Gets what the program writes, appended; default: its stdout goes nowhere. */
  logPath?: string;
  readyWithinMs?: number;
  stopWithinMs?: number;
}

const STDERR_LINES = 30;
const PORT_ATTEMPTS = 3;

/** Kills the program when our end of its pipe closes, which even `kill -9` of this process does. */
const WATCHDOG = 'trap "" INT TERM HUP; read -r _; kill -9 "$0" 2>/dev/null';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function keepTail(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    tail = (tail + chunk).split('\n').slice(-STDERR_LINES).join('\n');
  });
  return () => tail.trim();
}

function watch(pid: number): ChildProcess {
  const watchdog = spawn('sh', ['-c', WATCHDOG, String(pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // Without sh the program is still stopped by stop(); only a kill -9 of this process would leave it.
  watchdog.on('error', () => undefined);
  watchdog.unref();
  return watchdog;
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

async function startOnce(options: StartOptions): Promise<ListeningProgram> {
  const { name, command, args, cwd, env, readyPath, logPath, readyWithinMs = 20_000, stopWithinMs = 5000 } = options;
  const address = `127.0.0.1:${options.port ?? (await freePort())}`;
  const log = logPath === undefined ? undefined : await open(logPath, 'a');
  // Its own process group: Ctrl-C is for this process, which then stops the programs in its own order.
  const child = spawn(command, args(address), { cwd, env, stdio: ['ignore', log?.fd ?? 'ignore', 'pipe'], detached: true });
  const stderrTail = keepTail(child);
  if (logPath !== undefined) child.stderr?.pipe(createWriteStream(logPath, { flags: 'a' }));
  let failure: Error | undefined;
  let hasEnded = false;
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error;
      resolve();
    });
    child.once('close', () => resolve());
  }).then(() => {
    hasEnded = true;
  });
  const { pid } = child;
  const watchdog = pid === undefined ? undefined : watch(pid);
  exited.then(() => watchdog?.kill('SIGKILL'));
  await log?.close();

  async function stop(): Promise<void> {
    if (hasEnded) return;
    child.kill('SIGTERM');
    const grace = new AbortController();
    await Promise.race([exited, sleep(stopWithinMs, undefined, { signal: grace.signal }).catch(() => undefined)]);
    grace.abort();
    if (!hasEnded) child.kill('SIGKILL');
    await exited;
  }

  const deadline = Date.now() + readyWithinMs;
  while (!(await isReady(`http://${address}${readyPath}`))) {
    if (hasEnded) throw new Error(`${name} (${command}) ended before it was ready: ${failure?.message ?? stderrTail()}`);
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`${name} (${command}) was not ready within ${readyWithinMs / 1000} s: ${stderrTail()}`);
    }
    await sleep(50);
  }
  if (pid === undefined) throw new Error(`${name} has no process id`);
  return { url: `http://${address}`, address, pid, exited, stderrTail, stop };
}

/** Throws with the end of the program's stderr when it does not become ready. */
export async function startListening(options: StartOptions): Promise<ListeningProgram> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Between finding a free port and listening on it somebody else may have taken it.
      const isTaken = error instanceof Error && /address already in use/i.test(error.message);
      if (!isTaken || options.port !== undefined || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}
