/** What models wrote for patches, on the store: one row a question, written once. */
import type { PatchDraft, PatchDrafts } from '../action/patch-drafts.ts';
import type { Clock } from '../domain/clock.ts';
import { InvariantError } from '../domain/errors.ts';
import { rows } from './steps.ts';
import type { Store } from './store.ts';

export function createPatchDraftStore(store: Store, clock: Clock): PatchDrafts {
  const { db } = store;
  const read = (question: string) => db.selectFrom('patch_draft').select('draft').where('question', '=', question);
  return {
    async get(question) {
      const row = await read(question).executeTakeFirst();
      return row && (JSON.parse(row.draft) as PatchDraft);
    },

    keep: (question, incidentId, draft) =>
      store.write(function* () {
        const row = { question, incident_id: incidentId, draft: JSON.stringify(draft), written_at: clock.now().toISOString() };
        yield* rows(
          db
            .insertInto('patch_draft')
            .values(row)
            .onConflict((conflict) => conflict.column('question').doNothing())
            .returning('question'),
        );
        const [kept] = yield* rows(read(question));
        if (!kept) throw new InvariantError('a draft of a patch was neither written nor found');
        return JSON.parse(kept.draft) as PatchDraft;
      }),
  };
}
