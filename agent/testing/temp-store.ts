/** A store in a folder of its own, gone after the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditKeys } from '../audit/key.ts';
import { openStore, type Store, type StoreOptions } from '../storage/store.ts';

/** Signs the audit trail in tests. */
export const testAuditKeys = createAuditKeys('the-key-of-the-audit-trail-in-tests');

export interface TempStore {
  store: Store;
  path: string;
  /** Closes the store and removes its folder. */
  remove(): Promise<void>;
}

export async function openTempStore(options: StoreOptions = {}): Promise<TempStore> {
  const folder = await mkdtemp(join(tmpdir(), 'kintsugi-store-'));
  const path = join(folder, 'agent.db');
  const store = await openStore({ path }, { auditKeys: testAuditKeys, ...options });
  return {
    store,
    path,
    async remove() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Ids that count up: `incident-1`, `incident-2`, … */
export function countingIds(prefix: string): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count}`;
  };
}
