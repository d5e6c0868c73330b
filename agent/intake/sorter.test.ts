import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvariantError, StoreError } from '../domain/errors.ts';
import { inventoryOf, startWebhook, type WebhookServer } from '../testing/webhook-server.ts';
import type { IntakeDependencies } from './intake.ts';
import type { NotificationStore, SortSlice } from './notification-store.ts';

const services = Array.from({ length: 300 }, (_, n) => `svc-${n}`);
const inventory = inventoryOf({ shop: services });

function bodyOf(alerts: readonly { service: string; status?: string; name?: string }[], groupKey = 'k'): string {
  const made = alerts.map(({ service, status = 'firing', name = 'HighErrorRatio' }, n) => ({
    status,
    labels: { alertname: name, ecs_cluster: 'shop', ecs_service: service },
    annotations: {},
    startsAt: '2026-11-21T06:20:11.446Z',
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-11-21T06:50:00.000Z',
    generatorURL: '',
    fingerprint: `${name}-${service}-${n}`,
  }));
  return JSON.stringify({ receiver: 'r', status: 'firing', alerts: made, externalURL: '', version: '4', groupKey });
}

let webhook: WebhookServer;
async function start(overrides: Partial<IntakeDependencies> = {}): Promise<void> {
  webhook = await startWebhook({ inventory, ...overrides });
}
afterEach(() => webhook.stop());

/** The store with some of its calls replaced; the sorter sees nothing else. */
async function startWith(change: (real: NotificationStore) => Partial<NotificationStore>): Promise<void> {
  let real: NotificationStore | undefined;
  const own = () => real ?? webhook.notifications;
  const store: NotificationStore = {
    accept: (one) => own().accept(one),
    waiting: (limit, after) => own().waiting(limit, after),
    sort: (slices) => own().sort(slices),
    failed: (seq, fault) => own().failed(seq, fault),
    repeated: (copies) => own().repeated(copies),
    state: () => own().state(),
  };
  const base = { ...store };
  Object.assign(store, change(base));
  await start({ notifications: store });
  real = webhook.stored;
}

async function accept(text: string, alerts = 1): Promise<number> {
  const body = Buffer.from(text);
  const bodyHash = createHash('sha256').update(body).digest('hex');
  const receivedAt = webhook.clock.now().toISOString();
  return webhook.stored.accept({ source: 'alertmanager-webhook', body, bodyHash, receivedAt, alerts, truncated: 0 });
}

/** Lets seconds pass until it holds. */
async function pass(condition: () => Promise<boolean>): Promise<void> {
  for (let second = 0; second < 200; second += 1) {
    if (await condition()) return;
    await webhook.clock.advance(1_000);
  }
  expect.fail('it never came to hold');
}

describe('sorting', () => {
  beforeEach(() => start());

  it('finds what nobody told it of within a second: another process accepted it, or died', async () => {
    await accept(bodyOf([{ service: 'svc-1' }]));
    await pass(async () => (await webhook.incidents.list({})).length > 0);
    expect(await webhook.incidents.list({})).toMatchObject([{ resource: { service: 'svc-1' } }]);
  });

  it('goes by the order of arrival', async () => {
    for (const status of ['firing', 'resolved', 'firing']) await accept(bodyOf([{ service: 'svc-1', status }], status));
    await webhook.clock.advance(1_000);
    await webhook.sorted();
    expect((await webhook.incidents.alerts({})).map((row) => row.disposition).toReversed()).toEqual(['opened', 'resolved', 'merged']);
  });

  it('takes a body of 10,000 alerts in units, each alert once', { timeout: 60_000 }, async () => {
    const alerts = Array.from({ length: 10_000 }, (_, n) => ({ service: `svc-${n % 300}`, name: `Alert${n % 2}` }));
    expect((await webhook.post(bodyOf(alerts))).body).toEqual({ accepted: 10_000, notification: 1 });
    const incidents = await webhook.incidents.list({ limit: 1_000 });
    expect(incidents).toHaveLength(300);
    expect(incidents.reduce((sum, one) => sum + one.firings, 0)).toBe(10_000);
    expect(await webhook.incidents.alerts({ limit: 20_000 })).toHaveLength(10_000);
    const sizes = webhook.logged.map((line) => (JSON.parse(line) as { alerts: number }).alerts);
    expect(sizes).toEqual(Array(40).fill(250));
    expect(await webhook.trail.verify()).toMatchObject({ brokenAt: null });
  });

  it('takes a body without alerts for sorted', async () => {
    expect((await webhook.post(bodyOf([]))).body).toEqual({ accepted: 0, notification: 1 });
    expect(await webhook.notifications.state()).toMatchObject({ waiting: 0 });
  });
});

describe('what cannot be sorted', () => {
  it.each([
    ['is no JSON', '{'],
    ['is no notification', '{"version":"4"}'],
    ['holds another number of alerts than were counted', bodyOf([{ service: 'svc-1' }, { service: 'svc-2' }])],
  ])('is quarantined after five attempts when it %s, and the rest goes on', async (_, poison) => {
    await start();
    await accept(poison);
    await accept(bodyOf([{ service: 'svc-3' }]));
    await pass(async () => (await webhook.stored.state()).quarantined > 0);
    expect(await webhook.stored.state()).toEqual({ waiting: 0, quarantined: 1, oldestReceivedAt: null });
    expect(await webhook.incidents.list({})).toMatchObject([{ resource: { service: 'svc-3' } }]);
    const events = (await webhook.trail.list({})).map((entry) => entry.event);
    expect(events).toEqual(['incident-opened', 'notification-quarantined']);
    expect(webhook.logged.filter((line) => line.includes('quarantined'))).toHaveLength(1);
  });

  it('is quarantined when the disk has damaged it, and the rest goes on', async () => {
    await start();
    await accept(bodyOf(Array.from({ length: 50 }, () => ({ service: 'svc-1' }))), 50);
    await accept(bodyOf([{ service: 'svc-2' }]));
    await webhook.store.db
      .updateTable('notification')
      .set((row) => ({ body: sql`substr(${row.ref('body')}, 1, 300)` }))
      .where('seq', '=', 1)
      .execute();
    await pass(async () => (await webhook.stored.state()).quarantined > 0);
    expect(await webhook.incidents.list({})).toMatchObject([{ resource: { service: 'svc-2' } }]);
  });

  it('keeps only itself from the store, not those of its unit', async () => {
    const poisoned = (slices: readonly SortSlice[]) => slices.some((one) => one.alerts.some((each) => each.alert.name === 'Poison'));
    await startWith((real) => ({
      sort: (slices) => (poisoned(slices) ? Promise.reject(new InvariantError('refused')) : real.sort(slices)),
    }));
    for (const name of ['A', 'Poison', 'B']) await accept(bodyOf([{ service: 'svc-1', name }], name));
    await pass(async () => (await webhook.stored.state()).quarantined > 0);
    expect((await webhook.incidents.list({})).map((one) => one.alertName).toSorted()).toEqual(['A', 'B']);
    expect(await webhook.stored.state()).toMatchObject({ waiting: 0, quarantined: 1 });
  });

  it('is not blamed for a store that cannot write: it waits as long as that takes', async () => {
    let isFull = true;
    await startWith((real) => ({ sort: (slices) => (isFull ? Promise.reject(new StoreError('the disk is full')) : real.sort(slices)) }));
    await accept(bodyOf([{ service: 'svc-1' }]));
    for (let n = 0; n < 20; n += 1) await webhook.clock.advance(1_000);
    expect(await webhook.stored.waiting(10)).toMatchObject([{ failures: 0 }]);
    isFull = false;
    await webhook.clock.advance(1_000);
    await webhook.sorted();
    expect(await webhook.incidents.list({})).toHaveLength(1);
  });
});

describe('webhooks and the sorter', () => {
  it('lets webhooks past while they come in quick succession, for half a second before each unit', async () => {
    const units: number[] = [];
    await startWith((real) => ({
      sort(slices) {
        units.push(webhook.clock.now().getTime());
        return real.sort(slices);
      },
    }));
    const begin = webhook.clock.now().getTime();
    // The clock stands still: as many as one likes come in one moment.
    for (let n = 0; n < 12; n += 1) await webhook.send(bodyOf([{ service: `svc-${n}` }]));
    expect(units.length).toBeLessThan(12);
    const before = units.length;
    const keepComing = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 5) {
        for (let n = 0; n < 9; n += 1) await webhook.send(bodyOf([{ service: 'svc-1' }], `${ms}-${passed}-${n}`));
        await webhook.clock.advance(5);
      }
    };
    await keepComing(470);
    expect(units).toHaveLength(before);
    await keepComing(60);
    expect(units.length).toBeGreaterThan(before);
    expect((units[before] ?? 0) - begin).toBeLessThanOrEqual(520);
  });
});

describe('a firing after the close', () => {
  const body = bodyOf([{ service: 'svc-1' }]);
  const close = async () => {
    const [open] = await webhook.incidents.list({ open: true });
    if (open) webhook.intake.closes(open.id);
    if (open) await webhook.incidents.close('fixed', 'it is well', open.id);
  };
  beforeEach(() => start());

  it('opens the next incident, though it is the same byte for byte and comes within the minute', async () => {
    await webhook.post(body);
    await webhook.clock.advance(5_000);
    expect((await webhook.post(body)).body).toEqual({ accepted: 1, notification: 1 });
    await close();
    expect((await webhook.post(body)).body).toEqual({ accepted: 1, notification: 2 });
    expect(await webhook.incidents.list({ open: true })).toMatchObject([{ id: 'incident-2', firings: 1 }]);
  });

  it('opens it a second later when another process closed the incident', async () => {
    await webhook.post(body);
    await webhook.clock.advance(5_000);
    await webhook.incidents.close('fixed', 'it is well', 'incident-1' as never);
    expect((await webhook.post(body)).body).toEqual({ accepted: 1, notification: 1 });
    expect(await webhook.incidents.list({ open: true })).toEqual([]);
    await pass(async () => (await webhook.incidents.list({ open: true })).length > 0);
    expect(await webhook.incidents.list({ open: true })).toMatchObject([{ id: 'incident-2' }]);
  });

  it('is visible when it was absorbed: how often and when last', async () => {
    await webhook.post(body);
    for (let n = 0; n < 10; n += 1) await webhook.send(body);
    const row = async () => (await webhook.store.db.selectFrom('notification').select(['copies', 'last_copy_at']).execute())[0];
    await pass(async () => (await row())?.copies === 10);
    expect(await row()).toMatchObject({ last_copy_at: expect.stringContaining('2026-11-21T07:00') });
    expect(await webhook.incidents.alerts({})).toMatchObject([{ copies: 10 }]);
  });

  it('takes a resolution back, though it is the same byte for byte', async () => {
    await webhook.post(body);
    await webhook.post(bodyOf([{ service: 'svc-1', status: 'resolved' }]));
    expect(await webhook.incidents.list({})).toMatchObject([{ resolvedAt: expect.any(String) }]);
    await webhook.post(body);
    expect(await webhook.incidents.list({})).toMatchObject([{ resolvedAt: null, firings: 2 }]);
  });
});
