/** What every source of traces has: which spans are worth telling, and the two windows it asks about. */
import { z } from 'zod';
import type { EvidenceQuestion } from '../domain/evidence.ts';

export const spanSettings = {
  maxSpans: z.int().min(1).max(2_000).default(200).describe('Most failed or slow spans reported'),
  slowFactor: z.number().gt(1).default(3).describe('A span is slow when it takes this many times the median of its kind before the onset'),
  slowMs: z.number().min(0).default(50).describe('… and at least this long, milliseconds'),
};

/** Milliseconds since the epoch, whole ones. */
export interface TraceWindows {
  before: { from: number; to: number };
  since: { from: number; to: number };
  /** What could not be asked, in words. */
  gaps: string[];
}

/** The window since the onset is never shorter than the recent one, and neither is longer than `maxWindowSeconds`. */
export function traceWindows(question: EvidenceQuestion, maxWindowSeconds: number): TraceWindows {
  const { onset, now, recentSeconds, baselineSeconds } = question;
  const to = now.getTime();
  const wanted = Math.min(onset.getTime(), to - recentSeconds * 1_000);
  const earliest = to - maxWindowSeconds * 1_000;
  const from = Math.floor(Math.max(wanted, earliest));
  const start = Math.floor(from - Math.min(baselineSeconds, maxWindowSeconds) * 1_000);
  const gaps = wanted < earliest ? [`the onset lies further back than ${maxWindowSeconds} s; only that much was read`] : [];
  return { before: { from: start, to: from }, since: { from, to }, gaps };
}
