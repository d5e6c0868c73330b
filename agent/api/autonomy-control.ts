/** Port of the operator's hand on autonomy. Only the API has it: what the graph is given reads the record and can order nothing. */
import type { Autonomy } from '../domain/verdict.ts';

export interface AutonomyOrder {
  /** `ecs:<cluster>/<service>` */
  target: string;
  action: string;
  /** Null takes the order before it back: the level is earned again. */
  level: Autonomy | null;
  by: string;
  reason: string;
}

export interface AutonomyControl {
  /** Together with its audit entry, or not at all. */
  order(order: AutonomyOrder): Promise<void>;
}
