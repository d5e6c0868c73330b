/** Where a document of flags lies: what the action needs of AppConfig and of S3, without knowing which it is. */
import type { NotPossible, Outcome, Plan } from '../../domain/plan.ts';
import type { Effect, Right } from '../action.ts';
import type { Format } from './document.ts';
import type { Pin, Snapshot } from './schema.ts';

/** The document in force, when nothing speaks against changing it. */
export interface Current {
  text: string;
  pin: Pin;
  /** Puts the document in its place, if that is still as it was read. */
  write(text: string, marker: string, effect: Effect): Promise<Outcome>;
}

export interface FlagStore {
  format: Format;
  /** Raises an UpstreamError when it cannot be read. */
  read(signal: AbortSignal): Promise<Current | NotPossible>;
  /** The text in force or coming into force, whoever put it there. */
  inForce(signal: AbortSignal): Promise<string | NotPossible>;
  /** How the document differs from the one of the plan; null when it does not, or only by what this very change has begun. */
  movedSince(pin: Pin, current: Current, marker: string): string | null;
  /** The calls of a change, as a person would read them. */
  calls(pin: Pin, marker: string): Plan['calls'];
  /** Takes this change back, unless somebody changed the document since. */
  takeBack(flag: string, snapshot: Snapshot, effect: Effect): Promise<Outcome>;
  rights(serviceArn: string | undefined): readonly Right[];
}
