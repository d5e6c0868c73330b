/** Evidence on the store, kept whole and never changed. */
import type { Evidence } from '../domain/evidence.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { createFence } from './fence.ts';
import { packText, unpackText } from './packed-body.ts';
import { rows, slices } from './steps.ts';
import type { Store } from './store.ts';

export function createEvidenceStore(store: Store): EvidenceStore {
  const { db } = store;
  const requireFence = createFence(store);
  return {
    save: (fence, evidence) =>
      store.write(function* () {
        yield* requireFence(fence);
        for (const slice of slices(evidence)) {
          const values = slice.map((one) => ({ id: one.id, incident_id: fence.incidentId, body: packText(JSON.stringify(one)) }));
          // A node that runs again after a crash saves what it saved before.
          yield* rows(
            db
              .insertInto('evidence')
              .values(values)
              .onConflict((conflict) => conflict.column('id').doNothing()),
          );
        }
      }),

    async get(ids) {
      const found = new Map<string, Evidence>();
      for (const slice of slices(ids)) {
        for (const row of await db.selectFrom('evidence').select(['id', 'body']).where('id', 'in', slice).execute()) {
          found.set(row.id, parse(row.body));
        }
      }
      return ids.flatMap((id) => found.get(id) ?? []);
    },

    async list(incidentId) {
      const found = await db.selectFrom('evidence').select('body').where('incident_id', '=', incidentId).orderBy('seq').execute();
      return found.map((row) => parse(row.body));
    },
  };
}

function parse(body: string): Evidence {
  return JSON.parse(unpackText(body)) as Evidence;
}
