/** AWS's default durations divided by the pace; all results are milliseconds. */

export interface Timing {
  provisioningMs: number;
  pullMs: number;
  /** A task that does not listen by then counts as RUNNING all the same. */
  activatingMs: number;
  deprovisioningMs: number;
  schedulerIntervalMs: number;
  backoffBaseMs: number;
  backoffCapMs: number;
  repeatEventMs: number;
  /** A duration a caller set (stop timeout, grace period, check interval), in seconds. */
  paced(seconds: number): number;
}

/** How long a stopped task stays listed; not paced, because callers read it by the wall clock. */
export const stoppedTaskRetentionMs = 60 * 60 * 1000;

export function timingAt(pace: number): Timing {
  const paced = (seconds: number): number => (seconds * 1000) / pace;
  return {
    provisioningMs: paced(10),
    pullMs: paced(15),
    // A process boots at its own speed, whatever the pace.
    activatingMs: Math.max(paced(60), 10_000),
    deprovisioningMs: paced(10),
    schedulerIntervalMs: Math.max(paced(5), 200),
    backoffBaseMs: paced(10),
    backoffCapMs: paced(27 * 60),
    repeatEventMs: paced(6 * 60 * 60),
    paced,
  };
}
