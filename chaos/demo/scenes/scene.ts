/** What a scene is: a fault done twice, to the cluster the agent watches and to its twin without an agent, and what a good answer would be. */
import type { ClusterControl } from '../../stage/cluster-control.ts';

export interface Scene {
  number: number;
  title: string;
  /** What is done to the services, as the audience reads it. */
  fault: string;
  /** Service whose answers users feel. */
  feltAt: string;
  /** The one change that is right; null when changing nothing is. */
  expected: { action: string; service: string } | null;
  /** Does it; resolves when the fault is in. */
  inject(cluster: ClusterControl): Promise<void>;
  /** Takes the fault out of a cluster in which nobody else did. */
  clear(cluster: ClusterControl): Promise<void>;
}
