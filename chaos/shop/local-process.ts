/** Runs one image of the shop as a plain child process on a free loopback port, wired by environment only: no ECS, no proxies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { images } from './images.ts';

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

/** Resolves when the service listens; rejects with its log when it ends before that. */
export function startImage(reference: string, env: Record<string, string> = {}): Promise<LocalProcess> {
  const image = images[reference];
  if (!image) throw new Error(`no image ${reference}; the index has ${Object.keys(images).join(', ')}`);
  const child = spawn(process.execPath, [image.entry], { env: { PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const log: LogLine[] = [];
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = parse(line);
      log.push(entry);
      if (entry.msg === 'listening') resolve(running(child, `http://127.0.0.1:${entry.port}`, log, exited));
    });
    child.once('error', reject);
    void exited.then((code) => reject(new Error(`${reference} ended with ${code}: ${log.map((entry) => entry.msg).join('; ')}`)));
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
