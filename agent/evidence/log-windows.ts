/** Which stretches of log are read about a question, and which of their lines count. */
import type { EvidenceQuestion } from '../domain/evidence.ts';
import type { CountWindows } from './log-patterns.ts';

/** Milliseconds since the epoch. */
export interface LogWindows extends CountWindows {
  start: number;
  now: number;
  /** What could not be asked, in words. */
  gap: string | undefined;
}

/** Lines are counted since the onset and for as long before it; those of the rest of the baseline only tell that a kind is old. */
export function logWindows({ onset, now, baselineSeconds }: EvidenceQuestion, maxWindowSeconds: number): LogWindows {
  const end = now.getTime();
  const asked = Math.min(onset.getTime(), end);
  const earliest = end - maxWindowSeconds * 1_000;
  const begin = Math.max(asked, earliest);
  const length = end - begin;
  const gap = asked < earliest ? `the onset lies further back than ${maxWindowSeconds} s; only that much was read` : undefined;
  return { onset: begin, now: end, beforeFrom: begin - length, start: begin - Math.max(length, baselineSeconds * 1_000), gap };
}
