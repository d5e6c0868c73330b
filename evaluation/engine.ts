/** The two parts of the diagnosis that are measured by themselves, in the shape their benchmarks ask for. */
import { createDetector } from '../agent/diagnosis/anomaly/detector.ts';
import { groupLines } from '../agent/diagnosis/log-templates/miner.ts';

/** One group a message. */
export function groupMessages(messages: readonly string[]): (number | string)[] {
  return groupLines(messages);
}

/** Indices of the points that are called anomalous, each seen only with those before it. */
export function detectAnomalies(t: readonly number[], v: readonly (number | null)[]): number[] {
  const detector = createDetector();
  return t.flatMap((time, at) => (detector.next(time, v[at] ?? null).isAnomaly ? [at] : []));
}
