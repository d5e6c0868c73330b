/** Port of what models wrote for patches: kept under the question, so that no look, restart or replica asks for the same edit twice. */
import type { Words } from './github/words.ts';

export interface PatchDraft {
  /** As the model gave it, and the schema took it; null when it gave none. */
  answer: unknown;
  /** What was known when it was asked: the words of the plan stay those, whatever is measured later. */
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
