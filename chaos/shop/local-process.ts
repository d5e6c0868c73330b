/** Runs programs of the shop as plain child processes on free loopback ports, wired by environment only: no ECS, no proxies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { images } from './images.ts';

/** A program ends with whoever started it, however that ended. */
const preload = new URL('../sandbox/runtime/die-with-sandbox.ts', import.meta.url).href;

export type LogLine = Record<string, unknown>;

export interface LocalProcess {
  url: string;
  pid: number;
  /** Every line so far; a line that is not JSON stands as `{ unparsed: line }`. */
  log: LogLine[];
  /** Exit code, null when a signal ended it. */
  exited: Promise<number | null>;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** Resolves when the image's service listens; rejects with its log when it ends before that. */
export async function startImage(reference: string, env: Record<string, string> = {}): Promise<LocalProcess> {
  const image = images[reference];
  if (!image) throw new Error(`no image ${reference}; the index has ${Object.keys(images).join(', ')}`);
  return startProgram(image.entry, env);
}

/** The same for the file of a service that is no image. */
export function startProgram(entry: string, env: Record<string, string> = {}): Promise<LocalProcess> {
  const child = spawn(process.execPath, ['--import', preload, entry], { env: { PORT: '0', ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
  // Nothing is ever written to it; a reset at the child's death is no news.
  child.stdin.on('error', () => {});
  const log: LogLine[] = [];
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = parse(line);
      log.push(said);
      if (said.msg === 'listening') resolve(running(child, `http://127.0.0.1:${said.port}`, log, exited));
    });
    child.once('error', reject);
    void exited.then((code) => reject(new Error(`${entry} ended with ${code}: ${log.map(({ msg }) => msg).join('; ')}`)));
  });
}

function running(child: ChildProcess, url: string, log: LogLine[], exited: Promise<number | null>): LocalProcess {
  return {
    url,
    pid: child.pid ?? 0,
    log,
    exited,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return exited;
    },
  };
}

function parse(line: string): LogLine {
  try {
    return JSON.parse(line);
  } catch {
    return { unparsed: line };
  }
}
