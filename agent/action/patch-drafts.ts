/** Port of what was first written for a pull request: kept under its question, so that no look, restart or replica asks or words it twice. */
import type { Words } from './github/words.ts';

export interface PatchDraft {
  /** As the model gave it, and the schema took it; null when it gave none, or was not asked. */
  answer: unknown;
  /** What was known at the first look: the words of the plan stay those, whatever is measured later. */
  words: Words;
  /** `<provider>:<model>`; empty when none answered. */
  model: string;
  /** Why there is no answer; empty when there is one. */
  reason: string;
}

export interface PatchDrafts {
  get(question: string): Promise<PatchDraft | undefined>;
  /** The first one stands: it is answered, whoever wrote it. */
  keep(question: string, incidentId: string, draft: PatchDraft): Promise<PatchDraft>;
}
