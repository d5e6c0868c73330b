/** The bench's own helpers (load generator, stubs, store programs): processes pinned to a core that answer over IPC and end with the bench. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Worker {
  pid: number;
  /** The next message of that kind. Rejects when the program ends first. */
  next<T extends { kind: string }>(kind: T['kind']): Promise<T>;
  send(message: object): void;
  stop(): Promise<void>;
}

export interface WorkerOptions {
  /** Null: wherever the system puts it. */
  core: number | null;
  program: string;
  args?: readonly string[];
  env?: Record<string, string>;
}

/** The command that runs on that core only. taskset replaces itself by the command, so the process id and the IPC channel stay. */
export function onCore(core: number | null, command: readonly string[]): [string, string[]] {
  const [program = '', ...args] = core === null ? command : ['taskset', '-c', String(core), ...command];
  return [program, args];
}

export function startWorker({ core, program, args = [], env = {} }: WorkerOptions): Worker {
  const [command, parameters] = onCore(core, [process.execPath, program, ...args]);
  const child = spawn(command, parameters, {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const ended = once(child, 'exit').then(([code, signal]) => `${program} ended with ${String(code ?? signal)} before it answered`);
  const failed = new Promise<string>((resolve) => child.once('error', (error) => resolve(`${program}: ${error.message}`)));
  return {
    pid: child.pid ?? 0,
    next: (kind) => nextOf(child, kind, Promise.race([ended, failed])),
    send(message) {
      child.send(message);
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function nextOf<T extends { kind: string }>(child: ChildProcess, kind: T['kind'], ended: Promise<string>): Promise<T> {
  const found = Promise.withResolvers<T>();
  const listen = (message: unknown) => {
    if (typeof message === 'object' && message !== null && 'kind' in message && message.kind === kind) found.resolve(message as T);
  };
  child.on('message', listen);
  try {
    return await Promise.race([
      found.promise,
      ended.then((why): never => {
        throw new Error(why);
      }),
    ]);
  } finally {
    child.off('message', listen);
  }
}
