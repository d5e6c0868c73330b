/** Port of the recording: what a run was told, step by step, so that it can be played again. Nothing a run does depends on it. */
import type { Fence } from '../incident/store.ts';

export interface StepAt {
  /** The node that runs. */
  node: string;
  /** Counts the nodes of a run; a node that runs again after a crash has the number it had. */
  step: number;
  fence: Fence;
}

export interface Recording {
  /** Runs one node: what it is told meanwhile is kept together with its answer. Rejects with what the node rejects with, and keeps nothing then. */
  step<Update>(at: StepAt, work: () => Promise<Update>): Promise<Update>;
}
