/**
 * The agent as it is shipped, with somebody at its ports who ends or stops the process at a chosen moment: `node lab-agent.ts`, settings
 * from the environment as ever, orders as JSON lines on stdin. It ends when stdin closes, so that it never outlives who started it.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startApp } from '../app.ts';
import { loadSettings } from '../config/load.ts';
import type { Clock } from '../domain/clock.ts';
import { systemClock } from '../system-clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import { watchMoments } from './lab-moments.ts';

/**
 * `arm`: send this process the signal when that incident's run reaches the moment; `disarm`: forget all of that; `clockMs`: how far its
 * clock is off from now on.
 */
type Order = { arm: { moment: string; cluster: string; signal: 'SIGKILL' | 'SIGSTOP' } } | { disarm: true } | { clockMs: number };

const armed = new Map<string, 'SIGKILL' | 'SIGSTOP'>();
let clockMs = 0;

const clock: Clock = {
  now: () => new Date(systemClock.now().getTime() + clockMs),
  monotonicMs: systemClock.monotonicMs,
  sleep: systemClock.sleep,
};

function passed(moment: string, cluster: string): Promise<void> | undefined {
  // Between the answer and the sorting lies less than a moment, unless the sorting waits.
  if (moment === 'receive.unsorted' && armed.has('receive.answered *')) return new Promise(() => undefined);
  for (const name of [`${moment} ${cluster}`, `${moment} *`]) {
    const signal = armed.get(name);
    if (!signal) continue;
    armed.delete(name);
    // Written before the end, and past any buffer: it is the proof that the end came here.
    writeSync(1, `${JSON.stringify({ reached: moment, cluster, signal })}\n`);
    process.kill(process.pid, signal);
  }
  return undefined;
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line) as Order;
    if ('clockMs' in order) clockMs = order.clockMs;
    else if ('disarm' in order) armed.clear();
    else armed.set(`${order.arm.moment} ${order.arm.cluster}`, order.arm.signal);
    writeSync(1, `${JSON.stringify({ ordered: order })}\n`);
  })
  .on('close', () => process.exit(3));

const settings = loadSettings();
const logger = createLogger(settings.log.level);
const port = watchMoments(passed);
const app = await startApp(settings, logger, { clock, port });
process.once('SIGTERM', () => {
  app.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      logger.error({ err: error }, 'the agent could not stop in order');
      process.exit(1);
    },
  );
});
logger.info({ url: app.url }, 'agent ready');
