/** Tells whether webhooks come in quick succession, so that work that can wait lets them past: whoever sends one waits for its answer. */
import { performance } from 'node:perf_hooks';
import type { Clock } from '../domain/clock.ts';

/** Milliseconds. */
const windowMs = 10;
/** So many within one to two windows are a quick succession (some 2,000 a second); fewer are one when the process has its hands full. */
const many = 32;
const someWhenFull = 8;
/** Share of the time at work from which on it has its hands full. */
const full = 0.6;
/**
 * It counts as busy for so long after the last quick succession, milliseconds. A turn of the event loop that takes longer than the windows
 * ends before anybody has read what arrived meanwhile: without this, the busier the process the calmer it would look to itself.
 */
const holdMs = 150;
/** While it is busy one waiting piece of work goes on each time this has passed, milliseconds: a storm slows work, it never stops it. */
const admitEveryMs = 1_000;
/** Between two looks of one that waits, milliseconds. */
const lookMs = 20;

export interface Pressure {
  /** A webhook has arrived whole. */
  arrives(): void;
  isBusy(): boolean;
  /** Resolves at once in calm; while webhooks come in quick succession one caller goes on every second. Rejects when aborted. */
  letPass(signal?: AbortSignal): Promise<void>;
}

/** `utilization` answers the share of the time since it was last asked in which the process was at work, 0..1. */
export function createPressure(clock: Clock, utilization: () => number = loopUtilization()): Pressure {
  let windowStart = Number.NEGATIVE_INFINITY;
  let current = 0;
  let previous = 0;
  let share = 0;
  let busyUntil = Number.NEGATIVE_INFINITY;
  let nextAdmission = Number.NEGATIVE_INFINITY;

  const isBusy = () => clock.monotonicMs() < busyUntil;

  return {
    arrives() {
      const now = clock.monotonicMs();
      if (now - windowStart >= windowMs) {
        previous = now - windowStart < 2 * windowMs ? current : 0;
        current = 0;
        windowStart = now;
        share = utilization();
      }
      current += 1;
      if (previous + current > (share > full ? someWhenFull : many)) busyUntil = now + holdMs;
    },
    isBusy,
    async letPass(signal) {
      while (isBusy()) {
        const now = clock.monotonicMs();
        if (now >= nextAdmission) {
          nextAdmission = now + admitEveryMs;
          return;
        }
        await clock.sleep(Math.min(lookMs, nextAdmission - now), signal);
      }
    },
  };
}

function loopUtilization(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
