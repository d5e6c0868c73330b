/** Small values that outlive a restart and are read anew each time, by key. */
import type { Clock } from '../domain/clock.ts';
import type { Store } from './store.ts';

export interface StoredSettings {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
}

export function createSettings({ db }: Store, clock: Clock): StoredSettings {
  return {
    async get(key) {
      return (await db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst())?.value;
    },
    async set(key, value) {
      const updated_at = clock.now().toISOString();
      await db
        .insertInto('setting')
        .values({ key, value, updated_at })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value, updated_at }))
        .execute();
    },
  };
}
