/** The load generator, a process of its own: takes a plan over IPC, drives it, and answers what came back. */
import { performance } from 'node:perf_hooks';
import { percentile } from '../figure.ts';
import { type Connection, connect } from './connection.ts';
import { createFeed, type Feed, type NextRequest } from './feed.ts';
import type { LoadPlan, LoadResult, WindowOver } from './plan.ts';

type Phase = 'warm-up' | 'window' | 'after';

/** How long answers are waited for when nothing more is sent, milliseconds. */
const patienceMs = 20_000;

interface Tally {
  accepted: number;
  alerts: number;
  refused: Record<string, number>;
  broken: number;
  latencies: number[];
  acknowledged: number[];
}

async function drive(plan: LoadPlan): Promise<LoadResult> {
  const feed = createFeed(plan);
  const tally: Tally = { accepted: 0, alerts: 0, refused: {}, broken: 0, latencies: [], acknowledged: new Array(plan.connections).fill(0) };
  const state = { phase: (plan.warmUpMs > 0 ? 'warm-up' : 'window') as Phase, open: plan.connections, unanswered: 0, isDry: false };
  const quiet = Promise.withResolvers<void>();
  const lanes = await openLanes(plan, feed, tally, state, () => {
    if (state.open === 0 || ((state.isDry || state.phase === 'after') && !plan.untilGone && state.unanswered === 0)) quiet.resolve();
  });

  const pace = plan.rate === null ? undefined : keepPace(plan.rate, lanes, state);
  if (!pace) for (const lane of lanes) lane.sendNext();
  if (plan.warmUpMs > 0) {
    await Promise.race([sleep(plan.warmUpMs), quiet.promise]);
    state.phase = 'window';
  }
  const began = performance.now();
  const idle = performance.eventLoopUtilization();
  // The window counts what is answered within it, whenever it was sent.
  await Promise.race([sleep(plan.windowMs), quiet.promise]);
  const seconds = (performance.now() - began) / 1000;
  const busy = performance.eventLoopUtilization(idle).utilization;
  state.phase = 'after';
  pace?.stop();
  process.send?.({ kind: 'window-over' } satisfies WindowOver);
  if (state.unanswered > 0 || plan.untilGone) await Promise.race([quiet.promise, sleep(patienceMs)]);
  for (const lane of lanes) lane.connection.close();
  return resultOf(tally, seconds, busy, state.unanswered);
}

interface Lane {
  connection: Connection;
  /** False when there is nothing to send, or the connection is gone. `dueAt` starts the clock of the latency earlier. */
  sendNext(dueAt?: number): boolean;
}

async function openLanes(
  plan: LoadPlan,
  feed: Feed,
  tally: Tally,
  state: { phase: Phase; open: number; unanswered: number; isDry: boolean },
  settled: () => void,
): Promise<Lane[]> {
  const open = async (index: number): Promise<Lane> => {
    let count = 0;
    let sending: (NextRequest & { lateMs: number }) | undefined;
    let isGone = false;
    const connection = await connect({
      ...plan.target,
      index,
      onAnswer(status, latencyMs) {
        state.unanswered -= 1;
        const isOk = status >= 200 && status < 300;
        if (isOk && sending?.isNew) tally.acknowledged[index] = count;
        if (state.phase === 'window') {
          if (isOk) {
            tally.accepted += 1;
            tally.alerts += sending?.alerts ?? 0;
            tally.latencies.push(latencyMs + (sending?.lateMs ?? 0));
          } else tally.refused[status] = (tally.refused[status] ?? 0) + 1;
        }
        sending = undefined;
        if (plan.rate === null && (state.phase !== 'after' || plan.untilGone)) lane.sendNext();
        settled();
      },
      onEnd(wasBusy) {
        isGone = true;
        state.open -= 1;
        if (wasBusy) state.unanswered -= 1;
        if (wasBusy && state.phase !== 'after') tally.broken += 1;
        settled();
      },
    });
    const lane: Lane = {
      connection,
      sendNext(dueAt) {
        if (isGone) return false;
        const next = feed.next(index, count + 1);
        if (!next) {
          state.isDry = true;
          return false;
        }
        if (next.isNew) count += 1;
        sending = { ...next, lateMs: dueAt === undefined ? 0 : performance.now() - dueAt };
        state.unanswered += 1;
        connection.send(next.bytes);
        return true;
      },
    };
    return lane;
  };
  const lanes: Lane[] = [];
  // In slices: thousands at once would overrun the other side's backlog and measure the kernel's retries.
  for (let from = 0; from < plan.connections; from += 100) {
    const slice = Array.from({ length: Math.min(100, plan.connections - from) }, (_, offset) => open(from + offset));
    lanes.push(...(await Promise.all(slice)));
  }
  return lanes;
}

/** Sends what is due, on whatever connection is free; what finds none waits, and its wait counts. */
function keepPace(rate: number, lanes: readonly Lane[], state: { phase: Phase }): { stop(): void } {
  const began = performance.now();
  let sent = 0;
  let at = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * rate);
    for (let tried = 0; sent < due && tried < lanes.length; tried += 1) {
      at = (at + 1) % lanes.length;
      const lane = lanes[at];
      if (!lane || lane.connection.isBusy || state.phase === 'after') continue;
      if (lane.sendNext(began + (sent / rate) * 1000)) sent += 1;
    }
  }, 1);
  return { stop: () => clearInterval(timer) };
}

function resultOf(tally: Tally, seconds: number, busy: number, unanswered: number): LoadResult {
  const sorted = Float64Array.from(tally.latencies).sort();
  return {
    kind: 'done',
    seconds,
    accepted: tally.accepted,
    alerts: tally.alerts,
    refused: tally.refused,
    broken: tally.broken + unanswered,
    latencyMs: {
      p50: percentile(sorted, 0.5),
      p90: percentile(sorted, 0.9),
      p99: percentile(sorted, 0.99),
      most: sorted.at(-1) ?? Number.NaN,
    },
    acknowledged: tally.acknowledged,
    busy,
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

process.on('message', (plan: LoadPlan) => {
  drive(plan).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`load generator: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
