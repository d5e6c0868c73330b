/** Small values that outlive a restart and are read anew each time, by key. */
import type { Clock } from '../domain/clock.ts';
import type { Store } from './store.ts';

export interface StoredSettings {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
}

/** One statement, to be run by itself or among others. */
export function setSetting({ db }: Store, key: string, value: string, updated_at: string) {
  return db
    .insertInto('setting')
    .values({ key, value, updated_at })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value, updated_at }));
}

export function createSettings(store: Store, clock: Clock): StoredSettings {
  return {
    async get(key) {
      return (await store.db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst())?.value;
    },
    async set(key, value) {
      await setSetting(store, key, value, clock.now().toISOString()).execute();
    },
  };
}
