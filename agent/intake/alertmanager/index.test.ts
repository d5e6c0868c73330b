import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditTrail } from '../../audit/trail.ts';
import { ConfigError, StoreError } from '../../domain/errors.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { inventoryOf, startWebhook, type WebhookServer, webhookToken } from '../../testing/webhook-server.ts';
import type { IntakeDependencies } from '../intake.ts';
import type { NotificationStore } from '../notification-store.ts';

const inventory = inventoryOf({ shop: ['checkout', 'cart'] });

function alert(overrides: Record<string, unknown> = {}) {
  return {
    status: 'firing',
    labels: { alertname: 'HighErrorRatio', ecs_cluster: 'shop', ecs_service: 'checkout', severity: 'critical' },
    annotations: { summary: 'checkout fails' },
    startsAt: '2026-11-21T06:20:11.446Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
    fingerprint: '98c8cdfa6c7c467b',
    ...overrides,
  };
}

function notification(overrides: Record<string, unknown> = {}) {
  return {
    receiver: 'kintsugi',
    status: 'firing',
    alerts: [alert()],
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alerts.example.internal:9093',
    version: '4',
    groupKey: '{}:{}',
    truncatedAlerts: 0,
    ...overrides,
  };
}

const body = (overrides: Record<string, unknown> = {}) => JSON.stringify(notification(overrides));

const brackets = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

/** A body with an unknown field so many levels deep, which makes it one level deeper. */
const nested = (levels: number) => body({ extra: 0 }).replace('"extra":0', `"extra":${brackets(levels)}`);

let webhook: WebhookServer;
beforeEach(async () => {
  webhook = await startWebhook({ inventory });
});
afterEach(() => webhook.stop());

/** Sends raw bytes and answers what came back when the server closed or the wanted text was there. */
function raw(head: string, until: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(webhook.port, '127.0.0.1', () => socket.write(head));
    let seen = '';
    socket.on('data', (chunk) => {
      seen += chunk;
      if (until.test(seen)) socket.destroy();
    });
    socket.on('close', () => resolve(seen));
    socket.on('error', reject);
  });
}

async function expectNothingStarted(): Promise<void> {
  expect(await webhook.incidents.alerts({})).toEqual([]);
  expect(await webhook.incidents.list({})).toEqual([]);
}

describe('authentication', () => {
  it.each([
    ['no token', { authorization: '' }],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['a cut token', { authorization: `Bearer ${webhookToken.slice(0, -1)}` }],
    ['a longer token', { authorization: `Bearer ${webhookToken}x` }],
    ['a huge token', { authorization: `Bearer ${'x'.repeat(12_000)}` }],
    ['another scheme', { authorization: `Basic ${webhookToken}` }],
  ])('refuses %s with 401 and starts nothing', async (_, headers) => {
    const answer = await webhook.post(body(), headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.body).toMatchObject({ status: 401, code: 'WEBHOOK_UNAUTHORIZED', hint: expect.stringContaining('credentials') });
    await expectNothingStarted();
    expect(JSON.stringify(webhook.logged)).not.toContain('wrong');
  });

  it('comes before everything else: a broken, compressed, oversized body without token is a 401', async () => {
    const answer = await webhook.post('{', { authorization: 'Bearer wrong', 'content-encoding': 'gzip' });
    expect(answer.status).toBe(401);
  });

  it('answers an endless body of a stranger without waiting for it, and hangs up', async () => {
    const seen = await raw('POST /webhooks/alertmanager HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000000\r\n\r\n{', /never/);
    expect(seen).toContain('HTTP/1.1 401');
    expect(seen.toLowerCase()).toContain('connection: close');
  });

  it('is never switched off by an empty token', async () => {
    await expect(startWebhook({ token: '' })).rejects.toThrow(ConfigError);
  });
});

describe('bodies that cannot be right', () => {
  it.each([
    ['no JSON', 'status=firing', 400, 'WEBHOOK_MALFORMED', 'not JSON'],
    ['an empty body', '', 400, 'WEBHOOK_MALFORMED', '0 bytes'],
    ['JSON cut short', body().slice(0, -10), 400, 'WEBHOOK_MALFORMED', 'not JSON'],
    ['a list', '[]', 400, 'WEBHOOK_INVALID', 'body'],
    ['null', 'null', 400, 'WEBHOOK_INVALID', 'body'],
    ['another version', body({ version: '5' }), 400, 'WEBHOOK_INVALID', 'version'],
    ['no alerts', body({ alerts: undefined }), 400, 'WEBHOOK_INVALID', 'alerts'],
    ['alerts as text', body({ alerts: 'many' }), 400, 'WEBHOOK_INVALID', 'alerts'],
    ['an unknown status', body({ alerts: [alert({ status: 'melting' })] }), 400, 'WEBHOOK_INVALID', 'alerts.0.status'],
    [
      'a number as label',
      body({ alerts: [alert({ labels: { alertname: 7 } })] }),
      400,
      'WEBHOOK_INVALID',
      'alerts.0.labels.alertname: expected text, received number',
    ],
    ['labels as a list', body({ alerts: [alert({ labels: [] })] }), 400, 'WEBHOOK_INVALID', 'alerts.0.labels: expected an object'],
    ['no annotations', body({ alerts: [alert({ annotations: null })] }), 400, 'WEBHOOK_INVALID', 'received null'],
    [
      'a time that is none',
      body({ alerts: [alert({ startsAt: 'yesterday' })] }),
      400,
      'WEBHOOK_INVALID',
      'alerts.0.startsAt: expected a time',
    ],
    ['a month that is none', body({ alerts: [alert({ startsAt: '2026-13-01T00:00:00Z' })] }), 400, 'WEBHOOK_INVALID', 'alerts.0.startsAt'],
    ['a negative count', body({ truncatedAlerts: -1 }), 400, 'WEBHOOK_INVALID', 'truncatedAlerts'],
    ['an infinite count', body().replace('"truncatedAlerts":0', '"truncatedAlerts":1e400'), 400, 'WEBHOOK_INVALID', 'truncatedAlerts'],
    ['deep nesting', nested(50_000), 400, 'WEBHOOK_INVALID', 'nested deeper than 16'],
    ['deep nesting in a long body', nested(500_000), 400, 'WEBHOOK_INVALID', 'nested deeper than 16'],
    ['nesting one level too deep', nested(16), 400, 'WEBHOOK_INVALID', 'nested deeper than 16'],
    [
      'deep nesting in an alert',
      body({ alerts: [alert({ extra: 0 })] }).replace('"extra":0', `"extra":${brackets(14)}`),
      400,
      'WEBHOOK_INVALID',
      'nested deeper than 16',
    ],
    ['deep nesting as a label', body().replace('"HighErrorRatio"', brackets(60_000)), 400, 'WEBHOOK_INVALID', 'received a list'],
    ['a number as label __proto__', body().replace('"alertname"', '"__proto__":1,"alertname"'), 400, 'WEBHOOK_INVALID', 'alerts.0.labels'],
    ['a wrong alert among many', body({ alerts: [alert(), alert({ status: 'x' })] }), 400, 'WEBHOOK_INVALID', 'alerts.1.status'],
    ['very many keys', `{${'"":0,'.repeat(300_001)}"a":0}`, 400, 'WEBHOOK_INVALID', 'more than 300000 keys'],
    ['very many alerts', body({ alerts: Array.from({ length: 20_001 }, () => 0) }), 400, 'WEBHOOK_INVALID', 'alerts'],
  ])('%s is refused with what to do, recorded, and starts nothing', async (_, text, status, code, detail) => {
    const answer = await webhook.post(text);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, code, type: expect.any(String), title: expect.any(String), hint: expect.any(String) });
    expect(answer.body.detail).toContain(detail);
    await expectNothingStarted();
    expect(await webhook.trail.list({})).toMatchObject([{ event: 'webhook-refused', incidentId: null, detail: { code } }]);
  });

  it.each(['gzip', 'br', 'deflate', 'gzip, identity', 'x'])('compression (%s) is refused before the body is read', async (encoding) => {
    const answer = await webhook.post(new Uint8Array(gzipSync(body())), { 'content-encoding': encoding });
    expect(answer).toMatchObject({ status: 415, body: { code: 'WEBHOOK_ENCODED' } });
    await expectNothingStarted();
  });

  it('a body that is declared too large is refused unread', async () => {
    const head = `POST /webhooks/alertmanager HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${webhookToken}\r\nContent-Length: 8388609\r\n\r\n`;
    expect(await raw(head, /WEBHOOK_TOO_LARGE/)).toContain('HTTP/1.1 413');
    await expectNothingStarted();
  });

  it('a body that turns out too large is refused at the limit', async () => {
    await webhook.stop();
    webhook = await startWebhook({ inventory, limits: { bodyBytes: 1_000 } });
    const chunk = `${(800).toString(16)}\r\n${'x'.repeat(800)}\r\n`;
    const head = `POST /webhooks/alertmanager HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${webhookToken}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const seen = await raw(head + chunk + chunk, /never/);
    expect(seen).toContain('HTTP/1.1 413');
    expect(seen.toLowerCase()).toContain('connection: close');
    expect(await webhook.trail.list({})).toMatchObject([{ detail: { code: 'WEBHOOK_TOO_LARGE' } }]);
  });

  it('a client that hangs up in the middle leaves nothing behind', async () => {
    const head = `POST /webhooks/alertmanager HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${webhookToken}\r\nContent-Length: 500\r\n\r\n{"alerts":`;
    const socket = connect(webhook.port, '127.0.0.1', () => socket.write(head, () => socket.destroy()));
    await new Promise((resolve) => socket.on('close', resolve));
    expect((await webhook.post(body())).status).toBe(202);
    expect(await webhook.incidents.alerts({})).toHaveLength(1);
  });

  it('are recorded once a minute with the number of those in between', async () => {
    for (let n = 0; n < 50; n += 1) await webhook.post('{');
    await webhook.post(body(), { authorization: '' });
    expect(await webhook.trail.list({})).toHaveLength(2);
    await webhook.clock.advance(60_000);
    await webhook.post('{');
    const recorded = await webhook.trail.list({});
    expect(recorded.at(-1)).toMatchObject({ detail: { code: 'WEBHOOK_MALFORMED', alsoRefused: 49 } });
    expect(recorded).toHaveLength(3);
  });
});

describe('bodies that are right', () => {
  it('may carry fields of later versions, top level and in alerts', async () => {
    const later = body({ notification_reason: 'first', routeLabels: { a: ['b'] }, alerts: [alert({ extra: { deep: [1] } })] });
    expect((await webhook.post(later)).body).toEqual({ accepted: 1, notification: 1 });
    expect((await webhook.post(nested(15))).status).toBe(202);
  });

  it('may leave out the count of missing alerts, as old versions do', async () => {
    expect((await webhook.post(body({ truncatedAlerts: undefined }))).status).toBe(202);
  });

  it('have their times brought to one spelling', async () => {
    await webhook.post(body({ alerts: [alert({ startsAt: '2026-11-21T07:20:11.446123456+01:00' })] }));
    expect(await webhook.incidents.list({})).toMatchObject([{ startedAt: '2026-11-21T06:20:11.446Z' }]);
  });

  it('about an unknown service or cluster are declined with the reason', async () => {
    const labels = (ecs_cluster: string, ecs_service: string) => ({ alertname: 'A', ecs_cluster, ecs_service });
    const alerts = [alert({ labels: labels('shop', 'nobody') }), alert({ labels: labels('elsewhere', 'checkout') }), alert()];
    expect((await webhook.post(body({ alerts }))).body).toEqual({ accepted: 3, notification: 1 });
    const rows = await webhook.incidents.alerts({});
    expect(rows[2]?.reason).toBe('cluster "shop" has no service "nobody" that the agent may look at');
    expect(rows[1]?.reason).toContain('cluster "elsewhere"');
  });

  it('may name the service by the label service', async () => {
    await webhook.post(body({ alerts: [alert({ labels: { alertname: 'A', ecs_cluster: 'shop', service: 'cart' } })] }));
    expect(await webhook.incidents.list({})).toMatchObject([{ resource: { cluster: 'shop', service: 'cart' } }]);
  });

  it('open the incident when the inventory cannot be read, and say so', async () => {
    await webhook.stop();
    webhook = await startWebhook({ inventory: { services: () => Promise.reject(new Error('no credentials')) } });
    await webhook.post(body());
    expect(await webhook.incidents.alerts({})).toMatchObject([
      { disposition: 'opened', reason: expect.stringContaining('could not be read') },
    ]);
  });

  it('are answered at once when the inventory hangs, and sorted without it', async () => {
    await webhook.stop();
    webhook = await startWebhook({ inventory: { services: () => new Promise(() => {}) } });
    expect((await webhook.send(body())).status).toBe(202);
    expect(await webhook.incidents.alerts({})).toEqual([]);
    await webhook.sorted();
    expect(await webhook.incidents.list({})).toMatchObject([{ id: 'incident-1', status: 'open' }]);
  });

  it('cannot make the agent look at more than a few clusters', async () => {
    const asked: string[] = [];
    const services = async (cluster: string) => {
      asked.push(cluster);
      return [];
    };
    await webhook.stop();
    webhook = await startWebhook({ inventory: { services } });
    const alerts = Array.from({ length: 500 }, (_, n) => alert({ labels: { alertname: 'A', ecs_cluster: `c${n}`, ecs_service: 's' } }));
    await webhook.post(body({ alerts }));
    expect((await webhook.incidents.alerts({ limit: 1000 })).map((row) => row.disposition)).toEqual(Array(500).fill('declined'));
    expect(new Set(asked).size).toBe(16);
  });

  it('keep a value of any length short and whole', async () => {
    const long = 'é😀'.repeat(200_000);
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`label_${n}`, 'x']));
    await webhook.post(body({ alerts: [alert({ annotations: { summary: long }, labels: { ...alert().labels, ...many } })] }));
    const [row] = await webhook.incidents.alerts({});
    expect(row?.annotations.summary).toHaveLength(4_096);
    expect(row?.annotations.summary?.isWellFormed()).toBe(true);
    expect(Object.keys(row?.labels ?? {})).toHaveLength(100);
    expect(row?.reason).toContain('left out 1904 of 2004 labels');
    expect(row?.reason).toContain('cleaned or cut annotations: summary');
  });

  it('are counted and wake the runner', async () => {
    const metrics = createMetrics(async () => ({}));
    let woken = 0;
    await webhook.stop();
    webhook = await startWebhook({ inventory, metrics, wake: () => (woken += 1) });
    await webhook.post(body());
    await webhook.post(body());
    await webhook.post(body({ groupKey: 'other' }));
    await webhook.post('{');
    expect(woken).toBe(2);
    expect((await metrics.alerts.get()).values).toMatchObject([
      { labels: { disposition: 'opened' }, value: 1 },
      { labels: { disposition: 'merged' }, value: 1 },
    ]);
    expect((await metrics.webhooks.get()).values).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ labels: { code: 'accepted' }, value: 2 }),
        expect.objectContaining({ labels: { code: 'repeated' }, value: 1 }),
        expect.objectContaining({ labels: { code: 'WEBHOOK_MALFORMED' }, value: 1 }),
      ]),
    );
  });
});

describe('a store that cannot write', () => {
  /** As when the disk is full: nothing is written, and reading works. */
  async function withFullDisk(overrides: Partial<IntakeDependencies> = {}): Promise<{ isFull: boolean }> {
    const disk = { isFull: true };
    const own = webhook;
    const refuse = async () => Promise.reject(new StoreError('the disk is full'));
    const notifications: NotificationStore = {
      ...own.notifications,
      accept: (notification) => (disk.isFull ? refuse() : own.notifications.accept(notification)),
      sort: (slices) => (disk.isFull ? refuse() : own.notifications.sort(slices)),
    };
    webhook = await startWebhook({ inventory, notifications, ...overrides });
    const { stop } = webhook;
    webhook.stop = async () => {
      await stop();
      await own.stop();
    };
    return disk;
  }

  it('is a 503, which Alertmanager retries, and starts nothing', async () => {
    let woken = 0;
    await withFullDisk({ wake: () => (woken += 1) });
    const answers = await Promise.all([webhook.send(body()), webhook.send(body())]);
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 503, body: { code: 'STORE_UNAVAILABLE', detail: 'the disk is full' } });
    expect(woken).toBe(0);
  });

  it('is no reason to take the next copy for known', async () => {
    const disk = await withFullDisk();
    expect((await webhook.send(body())).status).toBe(503);
    disk.isFull = false;
    expect((await webhook.send(body())).body).toEqual({ accepted: 1, notification: 1 });
  });

  it('keeps a refusal a refusal when the trail cannot write either', async () => {
    const trail: AuditTrail = { ...webhook.trail, append: () => Promise.reject(new StoreError('the disk is full')) };
    await withFullDisk({ trail });
    expect((await webhook.send('{')).status).toBe(400);
  });
});
