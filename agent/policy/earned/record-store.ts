/** Port of the record: what an action did, or would have done, on a service, and what operators ordered. Read whole, replayed each time. */
import type { Experience } from './experience.ts';

export interface RecordOf {
  /** `ecs:<cluster>/<service>` */
  target: string;
  action: string;
  record: Experience[];
}

export interface RecordStore {
  of(target: string, action: string): Promise<Experience[]>;
  /** Every service and action of which anything is known, by name; with an empty record where a first plan is followed still. */
  all(): Promise<RecordOf[]>;
}
