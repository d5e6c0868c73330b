/** Pure: how long the scheduler waits before it starts a task again after tasks failed in a row. */

export const failuresBeforeBackoff = 3;

export function startDelayMs(failuresInRow: number, baseMs: number, capMs: number): number {
  if (failuresInRow < failuresBeforeBackoff) return 0;
  return Math.min(capMs, baseMs * 2 ** (failuresInRow - failuresBeforeBackoff));
}
