/** What the generator is told and what it answers: plain data, sent over IPC. */
import type { Fleet, Target } from './bodies.ts';

/**
 * `new`: a body never seen before, each time; its series drawn by zipf · `once`: every series of the fleet in one body, then the end ·
 * `repeated`: one of `distinct` bodies, byte for byte, but for the share of new ones · `alerts`: as `repeated`, as Alertmanager's own API
 * takes it
 */
export type Workload =
  | { kind: 'new'; alerts: number }
  | { kind: 'once'; alerts: number }
  | { kind: 'repeated'; alerts: number; distinct: number; newShare: number; form: 'notification' | 'alerts' }
  /** 70, 25 and 5 % of the bodies hold 1, 10 and 100 alerts; `repeatShare` of them came before. */
  | { kind: 'mixed'; repeatShare: number };

export interface LoadPlan {
  kind: 'load';
  target: Target;
  fleet: Fleet;
  workload: Workload;
  connections: number;
  /** Sent before the clock starts, as fast as they are answered, milliseconds; 0 for none. */
  warmUpMs: number;
  /** The measured window, milliseconds; `once` ends earlier, when all is sent. */
  windowMs: number;
  /** Requests per second, on a clock of its own whatever comes back; null: the next as soon as the last is answered. */
  rate: number | null;
  /** Goes on after the window until the other side is gone: the program under test is killed while it works. */
  untilGone: boolean;
  seed: number;
}

/** When the window is over; with `untilGone` the load still goes on. */
export interface WindowOver {
  kind: 'window-over';
}

export interface LoadResult {
  kind: 'done';
  /** Length of the window, seconds. */
  seconds: number;
  /** Answers of 2xx that came within the window. */
  accepted: number;
  /** Alerts in them. */
  alerts: number;
  /** Answers within the window that were no 2xx, by status. */
  refused: Record<string, number>;
  /** Requests left without an answer within the window. */
  broken: number;
  latencyMs: { p50: number; p90: number; p99: number; most: number };
  /** Of each connection: every id up to this count was answered with 2xx, warm-up and end included. */
  acknowledged: number[];
  /** Share of the window in which the generator itself was at work, 0..1: near 1 it was the bottleneck. */
  busy: number;
}
