/**
 * Plays one experiment once, in a process and on a stage of its own, and writes its record: `player.ts ORDER`, an order as JSON. Whatever becomes of one
 * experiment, the next begins on a stage that knows nothing of it. It ends when whoever started it is gone.
 * Exit codes: 0 the record is written · 1 it is not.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { RunRecord } from '../scorecard/record.ts';
import type { Stage } from '../stage/stage.ts';
import type { FoundExperiment } from './format/load.ts';
import { loadExperiments } from './format/load.ts';
import { toRecord } from './judge/to-record.ts';
import { Order } from './order.ts';
import { play } from './play.ts';
import type { Played } from './played.ts';
import { providers } from './providers/index.ts';
import { seedOf } from './seed.ts';
import { startStage } from './start-stage.ts';

async function main(): Promise<void> {
  const order = Order.parse(JSON.parse(process.argv[2] ?? ''));
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(new Error(signal)));
  process.on('disconnect', () => stop.abort(new Error('whoever started this is gone')));
  await mkdir(order.out, { recursive: true });
  const bound = await experimentAt(order.experiment);
  const { stage: where, repeat, seed, commit } = order;
  const { played, pace } = await playOn(bound, order, stop.signal);
  stop.signal.throwIfAborted();
  const record: RunRecord = toRecord(bound.experiment, bound.name, played, { stage: where, pace, repeat, seed, commit });
  await writeFile(join(order.out, 'record.json'), `${JSON.stringify(record, null, 2)}\n`);
}

async function experimentAt(folder: string): Promise<FoundExperiment> {
  const all = await loadExperiments([dirname(folder)], providers, basename(folder));
  const [found] = all;
  if (!found) throw new Error(`${folder} holds no experiment`);
  return found;
}

/** A stage that does not come up is told as an experiment that was not played. */
async function playOn(bound: FoundExperiment, order: Order, signal: AbortSignal): Promise<{ played: Played; pace: number }> {
  const startedAt = Date.now();
  let stage: Stage;
  try {
    stage = await startStage(bound, order, say, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { played: notPlayed(startedAt, error), pace: 1 };
  }
  try {
    const played = await play({ bound, stage, seed: seedOf(order.seed, order.repeat, bound.name), signal, onStep: say });
    return { played: { ...played, bundle: await writeBundles(stage, played, order.out) }, pace: stage.pace };
  } finally {
    say('clearing the stage');
    await stage.stop();
  }
}

function say(doing: string): void {
  if (process.connected) process.send?.({ doing });
}

function notPlayed(startedAt: number, error: unknown): Played {
  const ended = Date.now();
  const broken = error instanceof Error ? error.message : String(error);
  const nothing = { steps: [], clusters: [], incidents: [], alerts: [], audit: [], modelCostUsd: 0, bundle: null };
  return { startedAt, began: ended, ended, aborted: null, broken: `the stage did not come up: ${broken}`, ...nothing };
}

/** Of every incident, as the agent gives it; a bundle that cannot be had fails no experiment. Answers the first one's path. */
async function writeBundles({ agent }: Stage, { incidents }: Played, out: string): Promise<string | null> {
  if (!agent || incidents.length === 0) return null;
  await mkdir(join(out, 'bundles'), { recursive: true });
  const written: string[] = [];
  for (const { id } of incidents) {
    const text = await agent.api.bundle(id).catch(() => undefined);
    if (text === undefined) continue;
    const path = join('bundles', `${id}.json`);
    await writeFile(join(out, path), text);
    written.push(path);
  }
  return written[0] ?? null;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
