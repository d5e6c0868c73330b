import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Acquirer, startAcquirer } from './acquirer/start.ts';
import { flagDocument } from './checkout/flags.ts';
import { startBackup } from './database/backup.ts';
import type { LocalProcess } from './local-process.ts';
import { ask, metric, RunningShop, until } from './testing/running-shop.ts';

const shop = new RunningShop();
afterAll(() => shop.stop());

describe('the acquirer', () => {
  const charge = { orderId: 'o1', amountCents: 100 };
  let acquirer: Acquirer;
  let payment: LocalProcess;
  beforeAll(async () => {
    acquirer = await startAcquirer();
    payment = await shop.start('shop/payment:1.2.7', { ACQUIRER_URL: acquirer.url });
  });
  afterAll(() => acquirer.stop());

  it('authorizes what payment charges, and is a callee in payment’s metrics', async () => {
    expect(await ask(payment.url, 'POST', '/charges', charge)).toMatchObject({ status: 201, body: { id: expect.any(String) } });
    expect(await metric(payment.url, 'http_client_requests_total', { peer: 'acquirer', code: '201' })).toBe(1);
  });

  it('serves payment one authorization at a time', async () => {
    const charges = Promise.all(Array.from({ length: 4 }, () => ask(payment.url, 'POST', '/charges', charge)));
    await until(async () => (await metric(payment.url, 'http_requests_in_flight')) === 4);
    const open: number[] = [];
    await until(async () => {
      open.push(await metric(acquirer.url, 'http_requests_in_flight'));
      return (await metric(payment.url, 'http_requests_in_flight')) === 0;
    });
    expect((await charges).map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(Math.max(...open)).toBe(1);
  });

  it('fails every charge when it is down, keeps it waiting when it is slow, and serves when it is up again', async () => {
    await acquirer.set('down');
    expect(await ask(payment.url, 'POST', '/charges', charge)).toMatchObject({ status: 502 });
    expect(await metric(payment.url, 'http_client_requests_total', { peer: 'acquirer', code: '503' })).toBe(1);
    await acquirer.set('slow');
    const request = { method: 'POST', body: JSON.stringify(charge), signal: AbortSignal.timeout(700) };
    await expect(fetch(`${payment.url}/charges`, request)).rejects.toThrow(/timeout/);
    await acquirer.set('up');
    expect(await ask(payment.url, 'POST', '/charges', charge)).toMatchObject({ status: 201 });
    await expect(acquirer.set('away' as 'up')).rejects.toThrow('state must be one of up, slow, down');
  });

  it('moves the money some time later: payment 1.3.0 asks until it has, and needs an acquirer', async () => {
    const patient = await shop.start('shop/payment:1.3.0', { ACQUIRER_URL: acquirer.url });
    expect(await ask(patient.url, 'POST', '/charges', charge)).toMatchObject({ status: 201 });
    expect(await metric(patient.url, 'http_client_requests_total', { peer: 'acquirer', code: '200' })).toBeGreaterThanOrEqual(2);
    expect(await metric(patient.url, 'http_request_duration_seconds_bucket', { route: '/charges', le: '0.5' })).toBe(0);
    await expect(shop.start('shop/payment:1.3.0')).rejects.toThrow('environment variable ACQUIRER_URL is not set');
  });
});

describe('the feature flags', () => {
  let flags: Server;
  let answer = { giftWrap: { enabled: false } };
  let isDown = false;
  let checkout: LocalProcess;

  beforeAll(async () => {
    flags = createServer((_, response) => {
      response.statusCode = isDown ? 500 : 200;
      response.end(JSON.stringify(answer));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => flags.once('listening', resolve));
    const address = flags.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { back, cart } = await shop.startBack();
    const env = { ...back, FLAGS_URL: `http://127.0.0.1:${port}/applications/shop/environments/live/configurations/flags` };
    checkout = await shop.start('shop/checkout:1.4.2', env);
    const line = { productId: 'q1', priceCents: 1_000, quantity: 2 };
    await ask(cart.url, 'POST', '/carts/bowl/items', { ...line, name: 'Rice bowl, blue' });
    await ask(cart.url, 'POST', '/carts/cup/items', { ...line, name: 'Sake cup' });
  });
  afterAll(() => flags.close());

  const quote = (session: string) => ask(checkout.url, 'POST', '/quote', { session });
  const order = (session: string) => ask(checkout.url, 'POST', '/orders', { session });

  it('are followed while checkout runs: gift wrap breaks quotes of what no paper is cut for, and nothing else', async () => {
    expect(await quote('cup')).toMatchObject({ status: 200 });
    expect((await quote('bowl')).body).not.toHaveProperty('lines');
    answer = { giftWrap: { enabled: true } };
    await until(async () => (await quote('cup')).status === 500);
    expect(await quote('bowl')).toMatchObject({ status: 200, body: { totalCents: 2_390, lines: [{ wrapCents: 700 }] } });
    expect(checkout.log.find((line) => line.level === 'error')).toMatchObject({ err: { message: 'no paper is cut for a cup' } });
  });

  it('stay as they were while they cannot be read, which is said once', async () => {
    isDown = true;
    const said = () => checkout.log.filter((line) => line.msg === 'the feature flags cannot be read, the last ones stay in force').length;
    await until(() => said() === 1);
    expect(await quote('cup')).toMatchObject({ status: 500 });
    expect(await order('cup')).toMatchObject({ status: 201 });
    answer = { giftWrap: { enabled: false } };
    isDown = false;
    await until(async () => !Object.hasOwn((await quote('bowl')).body as object, 'lines'));
    expect(said()).toBe(1);
  });

  it('begin with the document the shop is deployed with', () => {
    const { flags: known, values } = JSON.parse(flagDocument);
    expect(Object.keys(values)).toEqual(Object.keys(known));
    expect(values).toEqual({ giftWrap: { enabled: false } });
  });
});

describe('the file of the database', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shop-volume-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('outlives the process and refuses writes when it is full, whatever process asks; reads go on', async () => {
    const env = { DATABASE_FILE: join(folder, 'bounded.db'), DATABASE_MAX_MB: '2' };
    const first = await shop.start('shop/database:1.0.3', env);
    const text = 'x'.repeat(50_000);
    const write = ({ url }: LocalProcess, key: number) => ask(url, 'PUT', `/collections/journal/${key}`, { text });
    let written = 0;
    while ((await write(first, written)).status === 204) written += 1;
    expect(written).toBeGreaterThan(25);
    expect(written).toBeLessThan(40);
    await until(() => first.log.some((line) => line.level === 'error'));
    expect(first.log.find((line) => line.level === 'error')).toMatchObject({ err: { message: 'database or disk is full' } });
    expect(await metric(first.url, 'database_size_bytes')).toBeGreaterThan(0.9 * (await metric(first.url, 'database_max_bytes')));
    await first.stop();

    const second = await shop.start('shop/database:1.0.3', env);
    expect(await write(second, written)).toMatchObject({ status: 500 });
    expect(await ask(second.url, 'GET', '/collections/journal/0')).toMatchObject({ status: 200, body: { text } });
    expect(await ask(second.url, 'DELETE', '/collections/journal')).toMatchObject({ status: 204 });
    expect(await write(second, written)).toMatchObject({ status: 204 });
  });

  it('is locked by a backup for as long as each portion takes, and whoever writes waits', async () => {
    const file = join(folder, 'saved.db');
    const database = await shop.start('shop/database:1.0.3', { DATABASE_FILE: file });
    const stop = new AbortController();
    const backup = startBackup(file, { lockMs: 700, restMs: 200, signal: stop.signal });
    expect(await ask(database.url, 'PUT', '/collections/carts/a', { session: 'a' })).toMatchObject({ status: 204 });
    const took = { route: '/collections/:collection/:key', method: 'PUT' };
    expect(await metric(database.url, 'http_request_duration_seconds_count', took)).toBe(1);
    expect(await metric(database.url, 'http_request_duration_seconds_bucket', { ...took, le: '0.25' })).toBe(0);
    stop.abort();
    await backup.done;
    expect(await ask(database.url, 'GET', '/collections/carts/a')).toEqual({ status: 200, body: { session: 'a' } });
  });

  it('has to be there for a backup', () => {
    const options = { lockMs: 1, restMs: 1, signal: new AbortController().signal };
    expect(() => startBackup(join(folder, 'none.db'), options)).toThrow('there is no database at');
  });
});
