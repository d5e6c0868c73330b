/** Arithmetic of the scorecard. What never happened is counted as later than everything that did: no failure is left out of an average. */

export interface Times {
  /** Runs it was measured of, the ones in which it never happened included. */
  runs: number;
  /** In which it never happened. */
  never: number;
  /** Seconds; null: in so many runs never that the middle one, or the ninth of ten, is one of them. */
  median: number | null;
  p90: number | null;
}

/** Of seconds, null where it never happened. */
export function timesOf(values: readonly (number | null)[]): Times {
  const sorted = values.map((value) => value ?? Number.POSITIVE_INFINITY).toSorted((one, other) => one - other);
  return {
    runs: values.length,
    never: values.filter((value) => value === null).length,
    median: finite(middle(sorted)),
    p90: finite(sorted[Math.max(0, Math.ceil(0.9 * sorted.length) - 1)] ?? Number.POSITIVE_INFINITY),
  };
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? Number.POSITIVE_INFINITY;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? upper) + upper) / 2 : upper;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Null of nothing. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function secondsText(seconds: number | null): string {
  return seconds === null ? 'never' : `${seconds.toFixed(1)} s`;
}

/** Never rounded up to a whole it is not. */
export function percent(value: number): string {
  return `${Math.floor(value * 1000) / 10} %`;
}
