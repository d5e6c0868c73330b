/** A clock that stands still until the test moves it. */
import type { Clock } from '../domain/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time on and wakes the sleepers that are due, in order of their due time; lets what they wake run in between. */
  advance(ms: number): Promise<void>;
  /** Sets the time without waking anybody, as an operator or a skewed host would. */
  set(at: Date): void;
  /** How many sleep right now. */
  readonly sleeping: number;
}

interface Sleeper {
  dueAt: number;
  wake: () => void;
}

/** With `autoAdvance`, a sleep moves the clock on by itself and returns at once. */
export function createFakeClock(start = '2026-01-01T00:00:00.000Z', { autoAdvance = false } = {}): FakeClock {
  let nowMs = new Date(start).getTime();
  let passedMs = 0;
  const sleepers = new Set<Sleeper>();

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (autoAdvance) {
      nowMs += ms;
      passedMs += ms;
      return settle();
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        dueAt: nowMs + ms,
        wake: () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async function advance(ms: number): Promise<void> {
    const until = nowMs + ms;
    const passedBy = passedMs + ms;
    for (;;) {
      await settle();
      const next = [...sleepers].filter((sleeper) => sleeper.dueAt <= until).sort((one, other) => one.dueAt - other.dueAt)[0];
      if (!next) break;
      const stepMs = Math.max(0, next.dueAt - nowMs);
      nowMs += stepMs;
      passedMs += stepMs;
      next.wake();
    }
    nowMs = until;
    passedMs = passedBy;
    await settle();
  }

  return {
    now: () => new Date(nowMs),
    monotonicMs: () => passedMs,
    sleep,
    advance,
    set: (at) => {
      nowMs = at.getTime();
    },
    get sleeping() {
      return sleepers.size;
    },
  };
}

/** Lets pending promises and input run before time moves; a write waits some turns for others to share its commit. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
