/** The inbox on the store. What the alerts of a notification do to incidents is in `receive.ts`. */
import { type Insertable, sql } from 'kysely';
import type { Clock } from '../domain/clock.ts';
import { InvariantError } from '../domain/errors.ts';
import type { AlertRow } from '../incident/store.ts';
import type { Copies, NewNotification, NotificationStore, SortSlice, WaitingNotification } from '../intake/notification-store.ts';
import { appendAudit } from './audit-trail.ts';
import { packBody, unpackBody } from './packed-body.ts';
import { listQuery, prepared } from './prepared.ts';
import { createReceive, type Incoming, type ReceiveContext } from './receive.ts';
import { rows, type Steps } from './steps.ts';
import type { Store } from './store.ts';
import type { NotificationTable } from './tables.ts';

/** A notification that fails this often is set aside. */
const maxFailures = 5;
/** Bodies that are read at once, bytes; a single longer one is read alone. */
const maxReadBytes = 2_097_152;
const maxFaultLength = 1_000;

type NewRow = Insertable<NotificationTable>;

export function createNotificationStore(store: Store, clock: Clock, context: ReceiveContext): NotificationStore {
  const { db } = store;
  const now = () => clock.now().toISOString();
  const receive = createReceive(store, context);
  const insert = prepared(db.insertInto('notification').values(toRow(sample)).returning('seq'));
  const placesOf = listQuery(
    (seqs: number[]) => db.selectFrom('notification').select(['seq', 'alerts', 'status', 'sorted_alerts']).where('seq', 'in', seqs),
    0,
  );
  const finish = listQuery(
    (seqs: number[]) =>
      db
        .updateTable('notification')
        .set((row) => ({ status: sql.lit('sorted'), sorted_alerts: row.ref('alerts') }))
        .where('seq', 'in', seqs),
    0,
  );
  const advance = prepared(db.updateTable('notification').set({ sorted_alerts: 0 }).where('seq', '=', 0));
  const count = prepared(
    db
      .updateTable('notification')
      .set((row) => ({ copies: row('copies', '+', 1), last_copy_at: '' }))
      .where('seq', '=', 0),
  );

  function* sort(slices: readonly SortSlice[]): Steps<(AlertRow[] | null)[]> {
    const places = new Map(
      (yield* placesOf(
        [],
        slices.map((slice) => slice.seq),
      )).map((place) => [place.seq, place]),
    );
    const taken: { slice: SortSlice; isLast: boolean }[] = [];
    const incoming: Incoming[] = [];
    for (const slice of slices) {
      const place = places.get(slice.seq);
      if (place?.status !== 'waiting' || place.sorted_alerts !== slice.from) continue;
      for (const received of slice.alerts) incoming.push({ received, notification: slice.seq });
      taken.push({ slice, isLast: slice.from + slice.alerts.length >= place.alerts });
    }
    const saved = yield* receive(incoming, now());
    yield* finish(
      [],
      taken.flatMap(({ slice, isLast }) => (isLast ? [slice.seq] : [])),
    );
    for (const { slice, isLast } of taken) if (!isLast) yield* advance.rows([slice.from + slice.alerts.length, slice.seq]);
    const answers = new Map<SortSlice, AlertRow[]>();
    let start = 0;
    for (const { slice } of taken) {
      answers.set(slice, saved.slice(start, start + slice.alerts.length));
      start += slice.alerts.length;
    }
    return slices.map((slice) => answers.get(slice) ?? null);
  }

  return {
    async accept(notification) {
      const [row] = await store.run(insert.with(Object.values(toRow(notification))), { urgent: true });
      if (!row) throw new InvariantError('a notification was stored without a number');
      return row.seq;
    },

    async waiting(limit, afterSeq = 0) {
      const waiting = db.selectFrom('notification').where('status', '=', sql.lit('waiting'));
      const sizes = await waiting
        .select(['seq', sql<number>`octet_length(body)`.as('bytes')])
        .where('seq', '>', afterSeq)
        .orderBy('seq')
        .limit(limit)
        .execute();
      let bytes = 0;
      const chosen = sizes.filter((row, index) => {
        bytes += row.bytes;
        return index === 0 || bytes <= maxReadBytes;
      });
      if (chosen.length === 0) return [];
      const found = await waiting
        .selectAll()
        .where('seq', '>', afterSeq)
        .where('seq', '<=', chosen.at(-1)?.seq ?? 0)
        .orderBy('seq')
        .execute();
      return unpacked(found);
    },

    sort: (slices) => store.write(() => sort(slices)),

    failed: (seq, fault) =>
      store.write(function* () {
        const told = fault.slice(0, maxFaultLength);
        const [row] = yield* rows(
          db
            .updateTable('notification')
            .set((old) => ({ failures: old('failures', '+', 1), fault: told }))
            .where('seq', '=', seq)
            .where('status', '=', 'waiting')
            .returning(['failures', 'source', 'body_hash', 'alerts', 'sorted_alerts']),
        );
        if (!row || row.failures < maxFailures) return 'waiting';
        yield* rows(db.updateTable('notification').set({ status: 'quarantined' }).where('seq', '=', seq));
        const { source, body_hash: bodyHash, alerts, sorted_alerts: sortedAlerts } = row;
        const detail = { notification: seq, source, bodyHash, alerts, sortedAlerts, failures: row.failures, fault: told };
        yield* appendAudit(store, [{ at: now(), incidentId: null, actor: 'intake', event: 'notification-quarantined', detail }]);
        return 'quarantined';
      }),

    repeated: (copies) =>
      store.write(function* () {
        const anew: number[] = [];
        for (const [seq, copy] of copies) {
          const fires = yield* firesAnew(store, seq, copy);
          if (fires) anew.push(seq);
          if (fires) yield* storeAgain(store, seq, copy.lastAt);
          yield* count.rows([fires ? copy.count - 1 : copy.count, copy.lastAt, seq]);
        }
        return anew;
      }),

    async state() {
      const of = (status: 'waiting' | 'quarantined') => db.selectFrom('notification').where('status', '=', sql.lit(status));
      const countOf = (status: 'waiting' | 'quarantined') =>
        of(status)
          .select((row) => row.fn.count('seq').as('count'))
          .executeTakeFirstOrThrow();
      const [waiting, quarantined, oldest] = await Promise.all([
        countOf('waiting'),
        countOf('quarantined'),
        of('waiting').select('received_at').orderBy('seq').limit(1).executeTakeFirst(),
      ]);
      return { waiting: Number(waiting.count), quarantined: Number(quarantined.count), oldestReceivedAt: oldest?.received_at ?? null };
    },
  };
}

/** An incident of it closed before this copy came: had the copy been stored, it would have opened the next one. */
function* firesAnew({ db }: Store, seq: number, { lastAt }: Copies): Steps<boolean> {
  const found = yield* rows(
    db
      .selectFrom('alert')
      .innerJoin('incident', 'incident.id', 'alert.incident_id')
      .select('alert.id')
      .where('alert.notification', '=', seq)
      .where('alert.status', '=', 'firing')
      .where('incident.status', '=', 'closed')
      .where('incident.closed_at', '<=', lastAt)
      .limit(1),
  );
  return found.length > 0;
}

function* storeAgain({ db }: Store, seq: number, receivedAt: string): Steps<void> {
  const [original] = yield* rows(db.selectFrom('notification').selectAll().where('seq', '=', seq));
  if (!original?.body) throw new InvariantError(`notification ${seq} fires anew and its body is gone`);
  const { source, body, body_hash: bodyHash, alerts, truncated } = original;
  const again = toRow({ source, body: unpackBody(body), bodyHash, receivedAt, alerts, truncated });
  yield* rows(db.insertInto('notification').values(again));
}

function toRow({ source, body, bodyHash, receivedAt, alerts, truncated }: NewNotification): NewRow {
  return {
    source,
    body_hash: bodyHash,
    body: packBody(body),
    received_at: receivedAt,
    alerts,
    truncated,
    status: 'waiting',
    sorted_alerts: 0,
    copies: 0,
    last_copy_at: null,
    failures: 0,
    fault: '',
  };
}

const sample: NewNotification = {
  source: 'alertmanager-webhook',
  body: Buffer.alloc(0),
  bodyHash: '',
  receivedAt: '',
  alerts: 0,
  truncated: 0,
};

/** As many as one may hold in memory: a short one on disk may be a long one. */
function unpacked(stored: readonly (Insertable<NotificationTable> & { seq: number })[]): WaitingNotification[] {
  const found: WaitingNotification[] = [];
  let bytes = 0;
  for (const row of stored) {
    const body = unpackBody(row.body ?? Buffer.alloc(0));
    bytes += body.length;
    if (found.length > 0 && bytes > maxReadBytes) break;
    found.push({
      seq: row.seq,
      source: row.source,
      body,
      bodyHash: row.body_hash,
      receivedAt: row.received_at,
      alerts: row.alerts,
      truncated: row.truncated,
      sortedAlerts: row.sorted_alerts,
      failures: row.failures,
    });
  }
  return found;
}
