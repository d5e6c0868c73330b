/** Runs one container as a process group of its own. Owns the process and its output; knows nothing of tasks or services. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const preload = new URL('./die-with-sandbox.ts', import.meta.url).href;
const longestLine = 256 * 1024;

export interface ContainerSpec {
  entry: string;
  command: readonly string[];
  /** The whole environment, as Docker would give it: nothing is inherited. */
  env: Readonly<Record<string, string>>;
  onLine: (line: string) => void;
  /** Hard limit, bytes; null = none. */
  memoryLimitBytes: number | null;
}

export interface ContainerExit {
  /** 128 + signal number when a signal ended it. */
  exitCode: number;
  isOutOfMemory: boolean;
}

export interface RunningContainer {
  pid: number | null;
  exited: Promise<ContainerExit>;
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
}

const signalNumbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

export function startContainer(spec: ContainerSpec): RunningContainer {
  const child = spawn(process.execPath, ['--import', preload, spec.entry, ...spec.command], {
    // Its own group, so that what it starts dies with it.
    detached: true,
    env: spec.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: fileURLToPath(new URL('../../../', import.meta.url)),
  });
  // Nothing is ever written to it; a reset at the child's death is no news.
  child.stdin.on('error', () => {});
  readLines(child.stdout, spec.onLine);
  readLines(child.stderr, spec.onLine);
  const memory = watchMemory(child, spec.memoryLimitBytes);
  const exited = new Promise<ContainerExit>((resolve) => {
    const settle = (exitCode: number): void => {
      memory.stop();
      signalGroup(child, 'SIGKILL');
      resolve({ exitCode, isOutOfMemory: memory.isExceeded() });
    };
    child.once('error', () => settle(127));
    child.once('exit', (code, signal) => settle(code ?? 128 + (signalNumbers[signal ?? ''] ?? 0)));
  });
  return { pid: child.pid ?? null, exited, signal: (signal) => signalGroup(child, signal) };
}

function signalGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the group is gone already.
  }
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', (line) => onLine(line.length > longestLine ? line.slice(0, longestLine) : line));
}

/** Kills the group when its first process grows past the limit, as the kernel would. Reads Linux's /proc; elsewhere no limit holds. */
function watchMemory(child: ChildProcess, limitBytes: number | null): { stop: () => void; isExceeded: () => boolean } {
  let isExceeded = false;
  if (limitBytes === null || process.platform !== 'linux' || child.pid === undefined) return { stop: () => {}, isExceeded: () => false };
  const timer = setInterval(() => {
    const bytes = residentBytes(child.pid);
    if (bytes === null || bytes <= limitBytes) return;
    isExceeded = true;
    signalGroup(child, 'SIGKILL');
  }, 500);
  timer.unref();
  return { stop: () => clearInterval(timer), isExceeded: () => isExceeded };
}

function residentBytes(pid: number | undefined): number | null {
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line?.[1] === undefined ? null : Number(line[1]) * 1024;
  } catch {
    return null;
  }
}
