/** Tells whether webhooks come in quick succession, so that work that can wait lets them past. */

/** Milliseconds. */
const windowMs = 10;
/** So many within one to two windows are a quick succession: some 400 to 800 a second. */
const fewest = 8;

export interface Pressure {
  /** A webhook has arrived whole. */
  arrives(): void;
  isBusy(): boolean;
}

export function createPressure(monotonicMs: () => number): Pressure {
  let windowStart = Number.NEGATIVE_INFINITY;
  let current = 0;
  let previous = 0;

  function roll(): void {
    const now = monotonicMs();
    if (now - windowStart < windowMs) return;
    previous = now - windowStart < 2 * windowMs ? current : 0;
    current = 0;
    windowStart = now;
  }

  return {
    arrives() {
      roll();
      current += 1;
    },
    isBusy() {
      roll();
      return previous + current > fewest;
    },
  };
}
