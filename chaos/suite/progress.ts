/** How far a suite is, in one line: a bar, what came out so far, what is being played, and how long it will take. Pure. */
export interface ProgressState {
  total: number;
  done: number;
  /** Of those that are done. */
  good: number;
  /** What each lane does at this moment. */
  doing: readonly string[];
  elapsedMs: number;
  /** Longest first guess for one experiment, until some are done. */
  guessMs: number;
  lanes: number;
}

const barWidth = 20;

export function progressLine(state: ProgressState): string {
  const { total, done, good, doing } = state;
  const filled = total === 0 ? barWidth : Math.floor((barWidth * done) / total);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
  const bad = done - good;
  const came = bad > 0 ? `${good} good, ${bad} not` : `${good} good`;
  const left = `about ${duration(remainingMs(state))} left`;
  return [`${bar} ${done} of ${total}`, came, left, ...doing].join(' · ');
}

/** Each lane takes the next one when it is free; those under way count as half done. */
export function remainingMs({ total, done, doing, elapsedMs, guessMs, lanes }: ProgressState): number {
  const began = done + doing.length / 2;
  const eachMs = done > 0 ? (elapsedMs * Math.max(1, doing.length)) / began : guessMs;
  return (Math.max(0, total - began) * eachMs) / Math.max(1, lanes);
}

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
