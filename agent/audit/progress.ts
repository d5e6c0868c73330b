/** Port: how far each place outside has got, on disk, so that neither a restart nor a second replica begins anew. */

export interface Progress {
  /** The last row that is there for certain. */
  done: number;
  /** The last row of the object under way; fixed before it is sent, so that after a crash the same object is sent again. */
  planned: number | null;
  /** When `done` was reached, ISO 8601. */
  at: string;
}

export interface ProgressStore {
  get(place: string): Promise<Progress | undefined>;
  /** Compare and set: false when somebody else moved it meanwhile. */
  move(place: string, from: Progress | undefined, to: Progress): Promise<boolean>;
}
