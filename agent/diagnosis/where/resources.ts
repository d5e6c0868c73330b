/** Metrics beside latency, availability and traffic: processor, memory, queues, whatever the source calls them. Any sudden departure speaks for its node. */
import { levelOf } from './level.ts';
import type { NodeSeries } from './nodes.ts';
import type { Phases } from './phases.ts';
import { between, mean } from './track.ts';

export interface Departure {
  metric: string;
  usual: number;
  now: number;
  /** In standard deviations, without sign. */
  deviation: number;
}

/** Metrics are many and waver in many ways: only what is far off counts. */
const leastDeviation = 6;

/** Largest first. */
export function departuresOf({ others }: NodeSeries, phases: Phases): Departure[] {
  const found: Departure[] = [];
  for (const [metric, track] of others) {
    const { usual, noise } = levelOf(track, phases);
    const now = mean(between(track, phases.onset, phases.end));
    const deviation = Math.abs(now - usual) / noise;
    if (deviation >= leastDeviation) found.push({ metric, usual, now, deviation });
  }
  return found.sort((a, b) => b.deviation - a.deviation);
}
