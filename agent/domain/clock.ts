/** Time comes in as an argument, so that tests own it. */

export interface Clock {
  now(): Date;
  /** Milliseconds since some moment, by a clock that nobody sets and that runs on while the process is stopped: for how long something has lasted. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
