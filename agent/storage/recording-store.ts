/** What runs were told, on the store: a row for each step, and settings and policies once each. */
import type { Clock } from '../domain/clock.ts';
import type { RecordingStore } from '../recording/store.ts';
import { packText, unpackText } from './packed-body.ts';
import { rows, slices } from './steps.ts';
import type { Store } from './store.ts';

export interface RecordingLimits {
  /** Most characters that the steps of one incident have, before they are packed; what is beyond is kept without its body. */
  incidentCharacters: number;
}

export function createRecordingStore(store: Store, clock: Clock, { incidentCharacters }: RecordingLimits): RecordingStore {
  const { db } = store;
  return {
    keep: ({ step, node, settings, body, parts }, { incidentId, fencingToken }) => {
      const packed = body === null ? null : packText(body);
      const characters = body?.length ?? 0;
      return store.write(function* () {
        // The node may have closed its incident, so only the token counts.
        const newest = yield* rows(
          db.selectFrom('incident').select('id').where('id', '=', incidentId).where('fencing_token', '=', fencingToken),
        );
        if (newest.length === 0) return;
        const [taken] = yield* rows(
          db
            .selectFrom('recording')
            .select(({ fn }) => fn.sum<number | string>('characters').as('characters'))
            .where('incident_id', '=', incidentId)
            .where('step', '!=', step),
        );
        const isRoom = Number(taken?.characters ?? 0) + characters <= incidentCharacters;
        const kept = isRoom ? { body: packed, characters } : { body: null, characters: 0 };
        const row = { node, settings, ...kept, recorded_at: clock.now().toISOString() };
        yield* rows(
          db
            .insertInto('recording')
            .values({ incident_id: incidentId, step, ...row })
            .onConflict((conflict) => conflict.columns(['incident_id', 'step']).doUpdateSet(row)),
        );
        yield* rows(
          db
            .insertInto('recording_part')
            .values([...parts])
            .onConflict((conflict) => conflict.column('hash').doNothing()),
        );
      });
    },

    async ofIncident(incidentId) {
      const found = await db.selectFrom('recording').selectAll().where('incident_id', '=', incidentId).orderBy('step').execute();
      const steps = found.map(({ step, node, settings, body, recorded_at }) => ({
        step,
        node,
        settings,
        body: body === null ? null : unpackText(body),
        at: recorded_at,
      }));
      const hashes = [...new Set(steps.flatMap(({ settings, body }) => [settings, ...policiesIn(body)]))];
      const parts = [];
      for (const slice of slices(hashes))
        parts.push(...(await db.selectFrom('recording_part').selectAll().where('hash', 'in', slice).execute()));
      return { steps, parts };
    },
  };
}

/** Hashes of the policies a step was judged by. */
function policiesIn(body: string | null): string[] {
  return [...(body ?? '').matchAll(/\{"call":"policy","key":"([0-9a-f]{64})"/g)].map(([, hash = '']) => hash);
}
