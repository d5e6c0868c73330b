/** One agent process of the laboratory: started, told where to die, spoken to over its webhook and its API, and never left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startCommand } from '../stage/agent-process.ts';

const program = fileURLToPath(new URL('../../agent/testing/lab-agent.ts', import.meta.url));
export const tokens = { webhook: 'w'.repeat(32), api: 'a'.repeat(32) };

export interface Arm {
  moment: string;
  /** `*` for any. */
  cluster: string;
  signal: 'SIGKILL' | 'SIGSTOP';
}

export interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  atMs: number;
}

export interface Replica {
  readonly name: string;
  readonly pid: number;
  readonly startedMs: number;
  /** Rejects when the process ends before it listens. */
  readonly ready: Promise<void>;
  readonly ended: Promise<End>;
  end(): End | null;
  /** Where it listens; empty until it is ready. */
  url(): string;
  /** Moments it was stopped or killed at. */
  readonly reached: { moment: string; cluster: string }[];
  /** Log lines of level error, and what it wrote to stderr: a sound agent leaves none. */
  readonly complaints: string[];
  arm(arm: Arm): Promise<void>;
  /** Forgets where it was to be stopped. */
  disarm(): Promise<void>;
  /** Milliseconds its clock is off from now on. */
  setClock(clockMs: number): Promise<void>;
  /** Status of the answer; 0 when there was none. */
  post(body: string): Promise<number>;
  get<T>(path: string): Promise<T | null>;
  answer(path: string, body: unknown): Promise<number>;
  signal(signal: NodeJS.Signals): void;
}

const living = new Set<ChildProcess>();

/** Ends every process this module started; for the laboratory's own end. */
export function endAllReplicas(): void {
  for (const child of living) child.kill('SIGKILL');
}

export function startReplica(name: string, environment: Readonly<Record<string, string>>): Replica {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [...startCommand().slice(0, -1), program], {
    env: { PATH, HOME, ...(NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}), AWS_ACCESS_KEY_ID: name, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  living.add(child);
  const startedMs = Date.now();
  const reached: Replica['reached'] = [];
  const complaints: string[] = [];
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined);
  const orders: (() => void)[] = [];
  let url = '';
  let end: End | null = null;

  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = parse(line);
    if ('reached' in said) reached.push({ moment: String(said.reached), cluster: String(said.cluster) });
    else if ('ordered' in said) orders.shift()?.();
    else if (said.msg === 'agent ready') {
      url = String(said.url);
      ready.resolve();
    } else if (Number(said.level) >= 50) complaints.push(line.slice(0, 2000));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text.slice(0, 2000)));
  // A killed process leaves a pipe nobody reads.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<End>((resolve) => {
    child.once('close', (code, signal) => {
      living.delete(child);
      end = { code, signal, atMs: Date.now() };
      for (const done of orders.splice(0)) done();
      ready.reject(new Error(`${name} ended with ${code ?? signal} before it listened: ${complaints.join('\n')}`));
      resolve(end);
    });
  });

  function order(line: object): Promise<void> {
    if (end) return Promise.resolve();
    return new Promise((resolve) => {
      orders.push(resolve);
      child.stdin.write(`${JSON.stringify(line)}\n`);
    });
  }

  return {
    name,
    pid: child.pid ?? 0,
    startedMs,
    ready: ready.promise,
    ended,
    end: () => end,
    url: () => url,
    reached,
    complaints,
    arm: (arm) => order({ arm }),
    disarm: () => order({ disarm: true }),
    setClock: (clockMs) => order({ clockMs }),
    async post(body) {
      return (await call(url, 'POST', '/webhooks/alertmanager', tokens.webhook, body)).status;
    },
    async get<T>(path: string) {
      const { status, text } = await call(url, 'GET', path, tokens.api);
      return status === 200 ? (JSON.parse(text) as T) : null;
    },
    async answer(path, body) {
      return (await call(url, 'POST', path, tokens.api, JSON.stringify(body))).status;
    },
    signal: (signal) => void child.kill(signal),
  };
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { level: 50, msg: line };
  }
}

/** A connection of its own each time: a pooled one would fail for the death of the process before. */
function call(url: string, method: string, path: string, token: string, body?: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const nothing = () => resolve({ status: 0, text: '' });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = request(`${url}${path}`, { method, agent: false, headers, timeout: 20_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', nothing);
    });
    sent.on('error', nothing);
    sent.on('timeout', () => sent.destroy());
    sent.end(body);
  });
}
