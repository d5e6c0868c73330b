/** The record that autonomy is earned by, on the store: put together from the ledger, the shadows and the orders each time it is asked for. */
import type { AutonomyControl } from '../api/autonomy-control.ts';
import type { Clock } from '../domain/clock.ts';
import type { Experience } from '../policy/earned/experience.ts';
import type { RecordOf, RecordStore } from '../policy/earned/record-store.ts';
import { againAt, firstAgain } from './again.ts';
import { appendAudit } from './audit-trail.ts';
import { rows } from './steps.ts';
import type { Store } from './store.ts';

type Found = { target: string; action: string; experience: Experience };

export function createRecordStore({ db }: Store): RecordStore {
  const changes = () =>
    db
      .selectFrom('action')
      .innerJoin('incident', 'incident.id', 'action.incident_id')
      .select(['action.target', 'action.action', 'action.incident_id', 'action.verified', 'action.verified_at', 'action.finished_at'])
      .select('action.intended_at')
      .select(againAt)
      .where('action.step', '=', 'execute')
      .where('action.status', '!=', 'failed');
  const shadows = () =>
    db.selectFrom('shadow').select(['target', 'action', 'incident_id', 'result', 'settled_at']).where('result', 'is not', null);
  const orders = () => db.selectFrom('autonomy_order').select(['target', 'action', 'level', 'ordered_by', 'reason', 'ordered_at']);

  function changeOf(row: Awaited<ReturnType<ReturnType<typeof changes>['execute']>>[number]): Found {
    const at = row.verified_at ?? row.finished_at ?? row.intended_at;
    const { target, action, verified } = row;
    return { target, action, experience: { kind: 'change', incidentId: row.incident_id, at, verified, againAt: firstAgain(row) } };
  }
  function shadowOf(row: Awaited<ReturnType<ReturnType<typeof shadows>['execute']>>[number]): Found {
    const { target, action, result, settled_at } = row;
    return {
      target,
      action,
      experience: { kind: 'shadow', incidentId: row.incident_id, at: settled_at ?? '', result: result ?? 'not-known' },
    };
  }
  function orderOf(row: Awaited<ReturnType<ReturnType<typeof orders>['execute']>>[number]): Found {
    const { target, action, level, reason } = row;
    return { target, action, experience: { kind: 'order', at: row.ordered_at, level, by: row.ordered_by, reason } };
  }

  return {
    async of(target, action) {
      const [made, kept, ordered] = await Promise.all([
        changes().where('action.target', '=', target).where('action.action', '=', action).execute(),
        shadows().where('target', '=', target).where('action', '=', action).execute(),
        orders().where('target', '=', target).where('action', '=', action).execute(),
      ]);
      return [...made.map(changeOf), ...kept.map(shadowOf), ...ordered.map(orderOf)].map(({ experience }) => experience);
    },

    async all() {
      const followed = db.selectFrom('shadow').select(['target', 'action']).where('result', 'is', null).distinct();
      const [made, kept, ordered, open] = await Promise.all([
        changes().execute(),
        shadows().execute(),
        orders().execute(),
        followed.execute(),
      ]);
      const records = new Map<string, RecordOf>();
      function recordOf({ target, action }: { target: string; action: string }): Experience[] {
        const key = `${target} ${action}`;
        const known = records.get(key) ?? { target, action, record: [] };
        records.set(key, known);
        return known.record;
      }
      for (const found of [...made.map(changeOf), ...kept.map(shadowOf), ...ordered.map(orderOf)]) recordOf(found).push(found.experience);
      for (const found of open) recordOf(found);
      return [...records.entries()].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, found]) => found);
    },
  };
}

export function createAutonomyControl(store: Store, clock: Clock): AutonomyControl {
  return {
    order: ({ target, action, level, by, reason }) =>
      store.write(function* () {
        const at = clock.now().toISOString();
        yield* rows(
          store.db.insertInto('autonomy_order').values({ target, action, level, ordered_by: by, reason, ordered_at: at }).returning('seq'),
        );
        const detail = { target, action, level, reason };
        yield* appendAudit(store, [{ at, incidentId: null, actor: by, event: 'autonomy-ordered', detail }]);
      }),
  };
}
