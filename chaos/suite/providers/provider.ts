/** What a module of actions and probes is, and what its functions are handed. One file per module beside this one, listed in `index.ts`. */
import type { z } from 'zod';
import type { Stage, StageCluster } from '../../stage/stage.ts';

export interface Scope {
  stage: Stage;
  /** The cluster it is done to: each action is done to every cluster, so that those without the agent suffer the same. */
  cluster: StageCluster;
  /** Ends when the experiment does; a function that goes on in the background stops then. */
  signal: AbortSignal;
  /** In [0, 1), by the seed of the run: the same for every cluster. */
  random: () => number;
}

/** An action answers how it is taken back; undefined where there is nothing to take back. Called in any cluster in which the fault may still be. */
export type TakeBack = () => Promise<void>;

export interface ActionFunction<Arguments = unknown> {
  arguments: z.ZodType<Arguments>;
  /** Services it strikes, to be held against the blast; empty for what strikes none. */
  strikes(given: Arguments): readonly string[];
  /** `once`: it is about the agent or what the agent asks, not about the services; done for the agent's cluster only. */
  scope: 'each-cluster' | 'once';
  run(given: Arguments, scope: Scope): Promise<TakeBack | undefined>;
}

export interface ProbeFunction<Arguments = unknown> {
  arguments: z.ZodType<Arguments>;
  /** null: no data. */
  read(given: Arguments, scope: Pick<Scope, 'stage' | 'cluster'>): Promise<number | null>;
}

export interface ProviderModule {
  name: string;
  // Each function checks what it is given by its own schema; outside of it the arguments are unknown.
  actions: Readonly<Record<string, ActionFunction>>;
  probes: Readonly<Record<string, ProbeFunction>>;
}

/** Keeps the arguments of a function typed where it is written. */
export function action<Arguments>(spec: ActionFunction<Arguments>): ActionFunction {
  return spec as ActionFunction;
}

export function probe<Arguments>(spec: ProbeFunction<Arguments>): ProbeFunction {
  return spec as ProbeFunction;
}
