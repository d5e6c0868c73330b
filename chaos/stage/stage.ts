/** Where experiments and scenes are played: clusters with the same shop and the same shoppers, of which one has the agent, and the friends the agent asks. */
import type { AgentApi } from './agent-api.ts';
import type { ClusterControl } from './cluster-control.ts';
import type { Friends } from './friends.ts';
import type { ClusterRepository } from './repository.ts';
import type { UserView } from './user-view.ts';

/** Who looks after a cluster: the agent, nobody but ECS, or a program that restarts whatever service an alert names. */
export type Caretaker = 'agent' | 'nobody' | 'restarter';

export interface Change {
  /** Milliseconds since the epoch. */
  at: number;
  operation: string;
  /** `unknown` where the call names none. */
  service: string;
  input: Record<string, unknown>;
}

/** How one service fares at one moment. */
export interface ServiceLook extends UserView {
  running: number;
  desired: number;
  /** `family:revision` that ECS is to run. */
  taskDefinition: string;
}

/** What the cluster depends on without owning it: up, slow to answer, or gone. */
export interface Outside {
  url: string;
  set(state: 'up' | 'slow' | 'down'): Promise<void>;
}

export interface Shoppers {
  /** Requests a second. */
  usualRate: number;
  setRate(rate: number): void;
  /** Since they began; slow: answered, but later than half a second. */
  counts(): { asked: number; failed: number; slow: number };
}

/** Ids of the document in AppConfig from which the cluster's services read their flags. */
export interface FlagsDocument {
  application: string;
  environment: string;
  profile: string;
  /** Of deployments that are over at once. */
  strategy: string;
}

export interface StageCluster {
  caretaker: Caretaker;
  control: ClusterControl;
  /** What users of one of its services feel. */
  userView(service: string): Promise<UserView>;
  /** All its services at this moment, by name. */
  look(): Promise<Record<string, ServiceLook>>;
  /** What its caretaker changed, oldest first, from the journal of the other side; never from the caretaker's own words. */
  changesSince(at: number): Promise<Change[]>;
  /** Tasks that run, and how many are wanted. */
  capacity(service: string): Promise<{ running: number; desired: number }>;
  /** Who uses it all the time. */
  shoppers?: Shoppers;
  outside?: Outside;
  flags?: FlagsDocument;
  /** What the database writes; outlives its tasks, as a volume does. */
  databaseFile?: string;
  /** The code of its services; what is pushed is brought out by its pipeline. */
  repository?: ClusterRepository;
}

export interface StageAgent {
  api: AgentApi;
  /** As `kill -9` does. */
  kill(): Promise<void>;
  /** With the same store and settings. */
  startAgain(): Promise<void>;
  isRunning(): boolean;
  /** What it printed is kept there; null where it runs out of our reach. */
  logPath: string | null;
}

export interface Stage {
  where: 'sandbox' | 'compose' | 'aws';
  /** AWS's and the rules' durations are divided by it; 1 on AWS. */
  pace: number;
  /** So many seconds of an experiment's file, in milliseconds here. */
  seconds(written: number): number;
  clusters: readonly StageCluster[];
  /** Absent when nobody but the baselines is watched. */
  agent?: StageAgent;
  prometheusUrl: string;
  /** Absent where alerts cannot be posted. */
  alertmanagerUrl?: string;
  /** What stands between the agent and whom it asks; absent unless it was asked for. */
  friends?: Friends;
  /** Every service of every cluster steady and within its limits, and no alert about them firing. Rejects with what is not when that takes too long. */
  untilWell(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** The pace at which the seconds of experiments are written. */
export const writtenAtPace = 30;
