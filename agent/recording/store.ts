/** Port of the recordings: what each step of a run was told, within bounds, until some time after the incident closed. */
import type { IncidentId } from '../domain/ids.ts';
import type { Fence } from '../incident/store.ts';

/** Settings and policies are kept once, under the hash of their text, however many steps they decided. */
export interface RecordingPart {
  /** SHA-256, hex. */
  hash: string;
  /** JSON */
  body: string;
}

export interface NewRecording {
  step: number;
  node: string;
  /** Hash of the settings the process had. */
  settings: string;
  /** JSON of a `StepBody`; null when there was too much of it. */
  body: string | null;
  parts: readonly RecordingPart[];
}

export interface RecordedRow extends Omit<NewRecording, 'parts'> {
  /** ISO 8601 */
  at: string;
}

export interface RecordingStore {
  /**
   * Takes the place of what was kept of the same step before: the node ran again. Kept without its body once the incident has its share of the
   * disk, and not at all by a run that was overtaken.
   */
  keep(recording: NewRecording, fence: Fence): Promise<void>;
  /** In the order of the steps, with every part they name. */
  ofIncident(incidentId: IncidentId): Promise<{ steps: RecordedRow[]; parts: RecordingPart[] }>;
}
