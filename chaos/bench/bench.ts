/** What every scenario works with: the place, the load generator, the stubs, and rounds of floor and product in turn. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fleet } from './load/bodies.ts';
import type { LoadPlan, LoadResult, WindowOver } from './load/plan.ts';
import { type Agent, type AgentOptions, askProgram, auditKey, cluster, type Place, startAgent } from './programs.ts';
import type { StubsCount, StubsOrder, StubsReady } from './stubs.ts';
import { startWorker, type Worker } from './worker.ts';

export interface Bench extends Place {
  rounds: number;
  windowMs: number;
  warmUpMs: number;
  say(text: string): void;
  /** Drives the plan to its end; `onWindowOver` runs while the load still goes on. */
  load(plan: Partial<LoadPlan> & Pick<LoadPlan, 'target' | 'workload'>, onWindowOver?: () => Promise<void>): Promise<LoadResult>;
  stubs: { url: string; tell(kind: Exclude<StubsOrder['kind'], 'count'>): void; count(): Promise<StubsCount> };
  /** An agent with an empty store of its own, or on the given one. */
  agent(options?: Partial<AgentOptions>): Promise<Agent>;
  /** A path for a store nobody used yet. */
  freshStore(): string;
  stop(): Promise<void>;
}

export interface BenchOptions extends Pick<Bench, 'rounds' | 'windowMs' | 'warmUpMs' | 'measuredCore' | 'loadCore' | 'say'> {
  /** Everything lies in a folder under it that is removed at the end. */
  parent: string;
}

export const fleet: Fleet = { cluster, services: 200, alertNames: 5 };
export const connections = 64;

export async function startBench(options: BenchOptions): Promise<Bench> {
  const folder = await mkdtemp(join(options.parent, 'kintsugi-bench-'));
  const place: Place = { folder, measuredCore: options.measuredCore, loadCore: options.loadCore };
  const workers: Worker[] = [];
  const start = (program: string) => {
    const worker = startWorker({ core: place.loadCore, program: join(import.meta.dirname, program) });
    workers.push(worker);
    return worker;
  };
  const stubs = start('stubs.ts');
  const { port } = await stubs.next<StubsReady>('ready');
  const generator = start(join('load', 'generator.ts'));
  let stores = 0;
  const freshStore = () => {
    stores += 1;
    return join(folder, `store-${stores}`, 'kintsugi.db');
  };
  const url = `http://127.0.0.1:${port}`;
  return {
    ...options,
    ...place,
    freshStore,
    async load(plan, onWindowOver) {
      const over = generator.next<WindowOver>('window-over').then(onWindowOver);
      const done = generator.next<LoadResult>('done');
      generator.send({
        kind: 'load',
        fleet,
        connections,
        warmUpMs: options.warmUpMs,
        windowMs: options.windowMs,
        rate: null,
        untilGone: false,
        seed: 1,
        ...plan,
      } satisfies LoadPlan);
      const [result] = await Promise.all([done, over]);
      return result;
    },
    stubs: {
      url,
      tell: (kind) => stubs.send({ kind } satisfies StubsOrder),
      count() {
        const counted = stubs.next<StubsCount>('counted');
        stubs.send({ kind: 'count' } satisfies StubsOrder);
        return counted;
      },
    },
    agent: (more) => startAgent(place, { storePath: freshStore(), stubs: url, ...more }),
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Floor, product, floor, product: what slows the machine for a while slows both. */
export async function inTurn(
  rounds: number,
  floor: (round: number) => Promise<void>,
  product: (round: number) => Promise<void>,
): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    await floor(round);
    await product(round);
  }
}

export interface StoreCheck {
  /** Acknowledged ids that are nowhere in the store. */
  missing: number;
  notifications: number;
  /** Notifications that are on disk and not yet sorted. */
  waiting: number;
}

/** Looks for every acknowledged id in the store of an agent that was killed. */
export function checkStore(place: Place, storePath: string, acknowledged: readonly number[]): Promise<StoreCheck> {
  return askProgram(place, 'bench-store.ts', { task: 'check', path: storePath, acknowledged });
}

/** A store with so many closed incidents, made by the agent's own storage code. */
export function fillStore(place: Place, storePath: string, incidents: number): Promise<{ seconds: number; mebibytes: number }> {
  return askProgram(place, 'bench-store.ts', { task: 'fill', path: storePath, incidents, auditKey });
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until it holds; null when it did not within the time. Milliseconds it took otherwise. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs: number, everyMs = 50): Promise<number | null> {
  const began = performance.now();
  while (performance.now() - began < withinMs) {
    if (await holds()) return performance.now() - began;
    await sleep(everyMs);
  }
  return null;
}

/** Why a window of load means nothing, or nothing. */
export function faultsOf(result: LoadResult, measuredCpuShare: number): string[] {
  const refused = Object.entries(result.refused).map(([status, count]) => `${count} answers of ${status}`);
  const faults = [...refused, ...(result.broken > 0 ? [`${result.broken} requests without an answer`] : [])];
  if (result.accepted === 0) faults.push('not one request was accepted');
  // The generator at its end while the other side had time left.
  if (result.busy > 0.97 && measuredCpuShare < 0.9) {
    faults.push(
      `the load generator was the bottleneck (${Math.round(result.busy * 100)} % busy, the measured program ${Math.round(measuredCpuShare * 100)} %)`,
    );
  }
  return faults;
}
