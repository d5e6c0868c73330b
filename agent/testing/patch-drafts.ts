/** What models wrote for patches, in memory: the first of two stands, as on the store. */
import type { PatchDraft, PatchDrafts } from '../action/patch-drafts.ts';

export function patchDraftsInMemory(): PatchDrafts {
  const kept = new Map<string, PatchDraft>();
  return {
    get: async (question) => kept.get(question),
    async keep(question, _incidentId, draft) {
      const first = kept.get(question) ?? draft;
      kept.set(question, first);
      return first;
    },
  };
}
