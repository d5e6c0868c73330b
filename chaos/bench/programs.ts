/** Starts what is measured, each on the measured core: the agent as `npm start` does, and the floors it is held against. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { type ListeningProgram, startListening } from '../monitoring/child.ts';
import type { Programs } from '../monitoring/programs.ts';
import { agentEnvironment, repository, startCommand } from '../stage/agent-process.ts';
import { reservePort } from '../stage/reserved-port.ts';
import type { Target } from './load/bodies.ts';
import { onCore } from './worker.ts';

/** Where the bench puts things, and on what. */
export interface Place {
  /** For stores and logs; on a disk, not in memory. */
  folder: string;
  measuredCore: number | null;
  loadCore: number | null;
}

export interface Agent {
  program: ListeningProgram;
  pid: number;
  target: Target;
  storePath: string;
  /** Of /metrics: `name` or `name{label="value"}` to value. */
  metrics(): Promise<Map<string, number>>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

export interface AgentOptions {
  storePath: string;
  /** Base URL of the stubs. */
  stubs: string;
  environment?: Record<string, string>;
  /** Arguments of node instead of those of `npm start`: a program of agent/testing that puts something else in. */
  command?: readonly string[];
}

export const cluster = 'prod';
export const auditKey = randomBytes(32).toString('hex');
const tokens = { webhook: randomBytes(32).toString('hex'), api: randomBytes(32).toString('hex') };

export async function startAgent(place: Place, options: AgentOptions): Promise<Agent> {
  const reserved = await reservePort();
  const { port } = reserved;
  await reserved.release();
  const environment = agentEnvironment({
    awsEndpoint: options.stubs,
    prometheusUrl: options.stubs,
    alertmanagerUrl: options.stubs,
    cluster,
    webhookToken: tokens.webhook,
    apiToken: tokens.api,
    auditKey,
    port,
    storePath: options.storePath,
    logPath: join(place.folder, 'agent.log'),
    pace: 1,
  });
  const program = await startPinned(place, {
    name: 'The agent',
    args: options.command ?? startCommand(),
    cwd: repository,
    env: { ...environment, ...options.environment },
    port,
    readyPath: '/readyz',
    log: 'agent.log',
  });
  const target = { host: '127.0.0.1', port, path: '/webhooks/alertmanager', token: tokens.webhook };
  return {
    program,
    pid: program.pid,
    target,
    storePath: options.storePath,
    metrics: async () => parseMetrics(await (await fetch(`${program.url}/metrics`)).text()),
    async kill() {
      process.kill(program.pid, 'SIGKILL');
      await program.exited;
    },
  };
}

export function parseMetrics(page: string): Map<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

/** Incidents that are not closed. */
export const openIncidents = (agent: Agent): number => countIncidents(agent, "status <> 'closed'");

/** Incidents of its store, closed ones too. */
export const openedIncidents = (agent: Agent): number => countIncidents(agent, 'true');

/** Read from the store beside the agent: a look at its metrics is work for it that the floors do not have. */
function countIncidents({ storePath }: Agent, where: string): number {
  const database = new Database(storePath, { readonly: true });
  try {
    return database.prepare<[], number>(`select count(*) from incident where ${where}`).pluck().get() ?? 0;
  } finally {
    database.close();
  }
}

const testing = (program: string) => join(repository, 'agent', 'testing', program);

/** Node's arguments for the agent with five nodes that do nothing: those of `npm start` but for the program. */
export const noOpAgent = (): string[] => [...startCommand().slice(0, -1), testing('no-op-agent.ts')];

export async function startBareLangGraph(place: Place, storePath: string): Promise<Floor> {
  await mkdir(dirname(storePath), { recursive: true });
  const args = [testing('bare-langgraph.ts'), '{port}', storePath];
  const program = await startPinned(place, { name: 'Bare LangGraph', args, cwd: repository, readyPath: '/', log: 'bare-langgraph.log' });
  return { program, target: { host: '127.0.0.1', port: Number(program.address.split(':')[1]), path: '/run' } };
}

interface PinnedOptions {
  name: string;
  args: readonly string[];
  cwd: string;
  env?: Record<string, string>;
  port?: number;
  readyPath: string;
  log: string;
  command?: string;
}

function startPinned(place: Place, { name, args, cwd, env = {}, port, readyPath, log, command }: PinnedOptions): Promise<ListeningProgram> {
  const [program, parameters] = onCore(place.measuredCore, [command ?? process.execPath, ...args]);
  return startListening({
    name,
    command: program,
    args: (address) => parameters.map((word) => word.replace('{address}', address).replace('{port}', address.split(':')[1] ?? '')),
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    ...(port === undefined ? {} : { port }),
    readyPath,
    logPath: join(place.folder, log),
  });
}

export interface Floor {
  program: ListeningProgram;
  target: Target;
}

export async function startFloor(place: Place, name: 'express' | 'trivial'): Promise<Floor> {
  const file = join(import.meta.dirname, 'floors', `${name}.ts`);
  const program = await startPinned(place, { name, args: [file, '{port}'], cwd: repository, readyPath: '/', log: `${name}.log` });
  return { program, target: { host: '127.0.0.1', port: Number(program.address.split(':')[1]), path: '/webhooks/alertmanager' } };
}

/** One Alertmanager alone, whose only receiver is nobody: what it costs to take alerts in. */
export async function startAlertmanager(place: Place, programs: Programs): Promise<Floor> {
  const data = join(place.folder, `alertmanager-${randomBytes(4).toString('hex')}`);
  await mkdir(data, { recursive: true });
  const config = join(data, 'alertmanager.yml');
  await writeFile(config, 'route:\n  receiver: nobody\n  group_by: [alertname]\nreceivers:\n  - name: nobody\n');
  const program = await startPinned(place, {
    name: 'Alertmanager',
    command: programs.alertmanager,
    args: [
      `--config.file=${config}`,
      `--storage.path=${data}`,
      '--web.listen-address={address}',
      '--cluster.listen-address=',
      '--log.level=error',
    ],
    cwd: programs.shareDir ?? data,
    readyPath: '/-/ready',
    log: 'alertmanager.log',
  });
  return { program, target: { host: '127.0.0.1', port: Number(program.address.split(':')[1]), path: '/api/v2/alerts' } };
}

/** Runs a program of agent/testing on the load core; answers what it printed. */
export async function askProgram<T>(place: Place, program: string, order: object): Promise<T> {
  const [command, args] = onCore(place.loadCore, [process.execPath, testing(program), JSON.stringify(order)]);
  const { stdout } = await promisify(execFile)(command, args, { cwd: repository, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout) as T;
}
