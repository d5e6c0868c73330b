/** How far the audit trail has been put outside, as settings: one per place. */
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Progress, ProgressStore } from '../audit/progress.ts';
import type { Store } from './store.ts';

export function createAuditProgress({ db }: Store): ProgressStore {
  const key = (place: string) => `audit:${place}`;
  return {
    async get(place) {
      const found = await db.selectFrom('setting').select('value').where('key', '=', key(place)).executeTakeFirst();
      return found && (JSON.parse(found.value) as Progress);
    },
    async move(place, from, to) {
      const value = canonicalJson({ ...to });
      const values = { key: key(place), value, updated_at: to.at };
      const moved = from
        ? await db
            .updateTable('setting')
            .set({ value, updated_at: to.at })
            .where('key', '=', key(place))
            .where('value', '=', canonicalJson({ ...from }))
            .returning('key')
            .execute()
        : await db
            .insertInto('setting')
            .values(values)
            .onConflict((conflict) => conflict.column('key').doNothing())
            .returning('key')
            .execute();
      return moved.length > 0;
    },
  };
}
