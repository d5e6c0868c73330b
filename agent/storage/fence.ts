/** Keeps a run that was overtaken from writing: the first step of its transactions, so that nothing can come between the look and the write. */
import { type SqlBool, sql } from 'kysely';
import { LeaseLostError } from '../domain/errors.ts';
import type { Fence } from '../incident/store.ts';
import { prepared } from './prepared.ts';
import type { Guard } from './sqlite-saver.ts';
import type { Steps } from './steps.ts';
import type { Store } from './store.ts';

/** Refuses with `LeaseLostError` unless the incident is open, or the change still owed, and its newest claim is this one. */
export type RequireFence = (fence: Fence) => Steps<void>;

export function createFence({ db }: Store): RequireFence {
  const held = prepared(
    db.selectFrom('incident').select('id').where('id', '=', '').where('fencing_token', '=', 0).where(sql<SqlBool>`status <> 'closed'`),
  );
  const owed = prepared(
    db.selectFrom('put_back').select('key').where('key', '=', '').where('fencing_token', '=', 0).where(sql<SqlBool>`state = 'waiting'`),
  );
  return function* (fence) {
    const { incidentId, fencingToken, putBack } = fence;
    const found = yield* putBack === undefined ? held.rows([incidentId, fencingToken]) : owed.rows([putBack, fencingToken]);
    if (found.length === 0) throw new LeaseLostError(fence.incidentId);
  };
}

/**
 * For the checkpoints of a run that carries its fence as `configurable.lease`. The last checkpoint comes after the run has closed its
 * incident, so only the token counts here; who closes from outside raises it.
 */
export function checkpointGuard({ db }: Store): Guard {
  const newest = prepared(db.selectFrom('incident').select('id').where('id', '=', '').where('fencing_token', '=', 0));
  return function* (config) {
    const fence = config.configurable?.lease as Fence | undefined;
    if (!fence) return;
    const found = yield* newest.rows([fence.incidentId, fence.fencingToken]);
    if (found.length === 0) throw new LeaseLostError(fence.incidentId);
  };
}
