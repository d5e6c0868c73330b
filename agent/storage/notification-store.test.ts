import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvariantError } from '../domain/errors.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { NewNotification, NotificationStore, SortSlice } from '../intake/notification-store.ts';
import { engines } from '../testing/engines.ts';
import { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
import { receivedAlert } from '../testing/received-alert.ts';
import { countingIds, openTempStore, type TempStore } from '../testing/temp-store.ts';
import { createAuditTrail } from './audit-trail.ts';
import { createIncidentStore, type SqlIncidentStore } from './incident-store.ts';
import { createNotificationStore } from './notification-store.ts';
import type { Store } from './store.ts';

const start = '2026-01-01T00:00:00.000Z';
let temp: TempStore;
let clock: FakeClock;
let notifications: NotificationStore;
let incidents: SqlIncidentStore;

const storeOn = (store: Store, newId = countingIds('incident')) => createNotificationStore(store, clock, { newId, graphVersion: '1' });

function notification(text: string, overrides: Partial<NewNotification> = {}): NewNotification {
  const body = Buffer.from(text);
  const bodyHash = createHash('sha256').update(body).digest('hex');
  return { source: 'alertmanager-webhook', body, bodyHash, receivedAt: start, alerts: 1, truncated: 0, ...overrides };
}

function slice(seq: number, overrides: Partial<SortSlice> = {}): SortSlice {
  return { seq, from: 0, alerts: [receivedAlert({ bodyHash: `hash-${seq}` })], ...overrides };
}

const named = (name: string) => receivedAlert({ alert: { name, fingerprint: name } });

async function statuses(): Promise<unknown[]> {
  return temp.store.db.selectFrom('notification').select(['status', 'sorted_alerts', 'copies', 'last_copy_at']).orderBy('seq').execute();
}

describe.each(engines)('the inbox on %s', (engine) => {
  beforeEach(async () => {
    temp = await openTempStore({ engine });
    clock = createFakeClock(start);
    notifications = storeOn(temp.store);
    incidents = createIncidentStore(temp.store, clock, countingIds('unused'));
  });
  afterEach(() => temp.remove());

  it('gives numbers in order of arrival and hands the bytes back as they came', async () => {
    const bytes = Buffer.from([0, 255, 0xd8, 10, 0x7b]);
    const numbers = await Promise.all([
      notifications.accept(notification('{"a":1}')),
      notifications.accept({ ...notification(''), body: bytes, truncated: 7, source: 'alertmanager-look' }),
    ]);
    expect(numbers).toEqual([1, 2]);
    const waiting = await notifications.waiting(10);
    expect(waiting.map((one) => one.seq)).toEqual([1, 2]);
    expect(waiting[1]).toMatchObject({ source: 'alertmanager-look', truncated: 7, sortedAlerts: 0, failures: 0, receivedAt: start });
    expect(waiting[1]?.body.equals(bytes)).toBe(true);
  });

  it.each([0, 100, 24_575, 24_576, 200_000])('hands back %i bytes as they came, long ones from less on disk', async (size) => {
    for (const start of ['', '\x28\xb5\x2f\xfd']) {
      const body = Buffer.from(start + '{"a":"é"}'.repeat(size).slice(0, size - start.length), 'latin1');
      const seq = await notifications.accept({ ...notification(''), body });
      expect((await notifications.waiting(1, seq - 1))[0]?.body.equals(body)).toBe(true);
      const [row] = await temp.store.db.selectFrom('notification').select('body').where('seq', '=', seq).execute();
      if (size >= 24_576) expect(row?.body?.length).toBeLessThan(size / 10);
    }
  });

  it('shows what waits in pages, fewer at a time when they are long', async () => {
    for (const size of [1_500_000, 1_500_000, 3_000_000, 10]) await notifications.accept(notification('x'.repeat(size)));
    const pages: number[][] = [];
    for (let after = 0; ; ) {
      const page = (await notifications.waiting(2, after)).map((one) => one.seq);
      if (page.length === 0) break;
      pages.push(page);
      after = page.at(-1) ?? 0;
    }
    expect(pages).toEqual([[1], [2], [3], [4]]);
  });

  it('sorts many in one transaction: incidents, rows that name their notification, one audit entry for each incident', async () => {
    for (const text of ['a', 'b', 'c']) await notifications.accept(notification(text));
    const declined = receivedAlert({ target: { declined: 'no such service' } });
    const answers = await notifications.sort([slice(1), slice(2), slice(3, { alerts: [declined] })]);
    expect(answers.map((rows) => rows?.map((row) => [row.disposition, row.incidentId]))).toEqual([
      [['opened', 'incident-1']],
      [['merged', 'incident-1']],
      [['declined', null]],
    ]);
    const rows = await temp.store.db.selectFrom('alert').select(['id', 'notification', 'disposition']).orderBy('id').execute();
    expect(rows).toMatchObject([
      { notification: 1, disposition: 'opened' },
      { notification: 2, disposition: 'merged' },
      { notification: 3, disposition: 'declined' },
    ]);
    expect(answers.flat().map((row) => row?.id)).toEqual(rows.map((row) => row.id));
    const trail = await createAuditTrail(temp.store).list({});
    expect(trail.map((entry) => entry.event)).toEqual(['incident-opened', 'alert-merged', 'alert-declined']);
    expect(await notifications.state()).toEqual({ waiting: 0, quarantined: 0, oldestReceivedAt: null });
  });

  it('sorts a long one slice by slice, each once, whoever comes first', async () => {
    await notifications.accept(notification('a', { alerts: 3 }));
    const first = slice(1, { alerts: [named('A'), named('B')] });
    const last = slice(1, { from: 2, alerts: [named('C')] });
    const other = storeOn(await temp.openAgain(), countingIds('other'));
    expect(await other.sort([last])).toEqual([null]);
    const both = await Promise.all([notifications.sort([first]), other.sort([first])]);
    expect(both.filter(([rows]) => rows === null)).toHaveLength(1);
    expect(await statuses()).toMatchObject([{ status: 'waiting', sorted_alerts: 2 }]);
    expect((await notifications.waiting(1))[0]?.sortedAlerts).toBe(2);
    expect(await other.sort([last])).toMatchObject([[{ disposition: 'opened' }]]);
    expect(await notifications.sort([last, slice(99)])).toEqual([null, null]);
    expect(await statuses()).toMatchObject([{ status: 'sorted', sorted_alerts: 3 }]);
    expect(await incidents.list({})).toHaveLength(3);
  });

  it('stores nothing of a unit of which one part is refused', async () => {
    await notifications.accept(notification('a'));
    await notifications.accept(notification('b'));
    const broken = receivedAlert({ alert: { fingerprint: null as unknown as string } });
    await expect(notifications.sort([slice(1), slice(2, { alerts: [broken] })])).rejects.toThrow(InvariantError);
    expect(await incidents.alerts({})).toEqual([]);
    expect((await notifications.state()).waiting).toBe(2);
  });

  it('says that the same bytes came before, also within one unit and in turn with those of a pair', async () => {
    const reasons: (string | undefined)[] = [];
    for (const round of [0, 1, 2]) {
      for (const pair of ['one', 'other']) await notifications.accept(notification(`${round}-${pair}`));
      const slices = ['one', 'other'].map((bodyHash, n) => slice(2 * round + n + 1, { alerts: [receivedAlert({ bodyHash })] }));
      reasons.push(...(await notifications.sort(slices)).map((rows) => rows?.[0]?.reason));
    }
    expect(reasons.map((reason) => reason?.includes('byte for byte'))).toEqual([false, false, true, true, true, true]);
    await notifications.accept(notification('c'));
    await notifications.accept(notification('d'));
    const same = [7, 8].map((seq) => slice(seq, { alerts: [receivedAlert({ bodyHash: 'new' })] }));
    const twice = (await notifications.sort(same)).map((rows) => rows?.[0]?.reason.includes('byte for byte'));
    expect(twice).toEqual([false, true]);
  });

  it('quarantines what failed five times, on record, and hands it out no more', async () => {
    await notifications.accept(notification('poison', { receivedAt: '2026-01-01T00:00:01.000Z' }));
    await notifications.accept(notification('a', { receivedAt: '2026-01-01T00:00:02.000Z' }));
    expect(await notifications.state()).toMatchObject({ waiting: 2, oldestReceivedAt: '2026-01-01T00:00:01.000Z' });
    const answers: string[] = [];
    for (let n = 0; n < 6; n += 1) answers.push(await notifications.failed(1, 'x'.repeat(5_000)));
    expect(answers).toEqual(['waiting', 'waiting', 'waiting', 'waiting', 'quarantined', 'waiting']);
    expect((await notifications.waiting(10)).map((one) => one.seq)).toEqual([2]);
    expect(await notifications.state()).toEqual({ waiting: 1, quarantined: 1, oldestReceivedAt: '2026-01-01T00:00:02.000Z' });
    expect(await createAuditTrail(temp.store).list({})).toMatchObject([
      { event: 'notification-quarantined', detail: { notification: 1, failures: 5, fault: 'x'.repeat(1_000), alerts: 1 } },
    ]);
    expect(await notifications.sort([slice(1)])).toEqual([null]);
  });

  describe('copies', () => {
    const closeFirst = () => incidents.close('recovered', 'over', 'incident-1' as IncidentId);
    const copies = (count: number, lastAt: string) => notifications.repeated(new Map([[1, { count, lastAt }]]));

    beforeEach(async () => {
      await notifications.accept(notification('a'));
      await notifications.sort([slice(1)]);
      clock.set(new Date('2026-01-01T00:00:30.000Z'));
    });

    it('are counted while the incident is open', async () => {
      expect(await copies(2, '2026-01-01T00:00:10.000Z')).toEqual([]);
      expect(await copies(3, '2026-01-01T00:00:20.000Z')).toEqual([]);
      expect(await statuses()).toMatchObject([{ status: 'sorted', copies: 5, last_copy_at: '2026-01-01T00:00:20.000Z' }]);
    });

    it('that came after the incident closed are a firing anew: the last is stored, and sorted opens the next incident', async () => {
      await closeFirst();
      expect(await copies(3, '2026-01-01T00:00:31.000Z')).toEqual([1]);
      expect(await statuses()).toMatchObject([{ copies: 2 }, { status: 'waiting', copies: 0 }]);
      const [again] = await notifications.waiting(10);
      expect(again).toMatchObject({ seq: 2, receivedAt: '2026-01-01T00:00:31.000Z', alerts: 1 });
      expect(again?.body.toString()).toBe('a');
      const { receivedAt = '' } = again ?? {};
      await notifications.sort([slice(2, { alerts: [receivedAlert({ bodyHash: 'hash-2', receivedAt })] })]);
      expect((await incidents.list({ open: true })).map((one) => one.id)).toEqual(['incident-2']);
    });

    it('that came before it closed are not', async () => {
      await closeFirst();
      expect(await copies(1, '2026-01-01T00:00:29.000Z')).toEqual([]);
      expect(await statuses()).toHaveLength(1);
    });

    it('of a resolution open nothing', async () => {
      await notifications.accept(notification('resolved'));
      await notifications.sort([slice(2, { alerts: [receivedAlert({ alert: { status: 'resolved' } })] })]);
      await closeFirst();
      expect(await notifications.repeated(new Map([[2, { count: 1, lastAt: '2026-01-01T00:00:31.000Z' }]]))).toEqual([]);
    });
  });
});
