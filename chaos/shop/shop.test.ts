import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { images } from './images.ts';
import { sendHangUps } from './load/hang-ups.ts';
import { startShoppers } from './load/shoppers.ts';
import { type LocalProcess, startImage } from './local-process.ts';
import { shopStack } from './stack.ts';
import { ask, type Back, type Front, metric, RunningShop, until } from './testing/running-shop.ts';

const shop = new RunningShop();

let database: LocalProcess;
let payment: LocalProcess;
let cart: LocalProcess;
let back: Back;

beforeAll(async () => {
  ({ back, database, payment, cart } = await shop.startBack());
});

afterAll(() => shop.stop());

describe('the good shop', () => {
  let front: Front;
  beforeAll(async () => {
    front = await shop.startFront(back);
  });

  it('sells a cart and empties it', async () => {
    const { url } = front.storefront;
    expect(await ask(url, 'GET', '/products/p03')).toMatchObject({ status: 200, body: { priceCents: 1_299 } });
    await ask(url, 'POST', '/cart/anna/items', { productId: 'p03', quantity: 2 });
    const quote = { subtotalCents: 2_598, discountCents: 260, shippingCents: 590, totalCents: 2_928 };
    expect(await ask(url, 'POST', '/quote', { session: 'anna' })).toEqual({ status: 200, body: quote });
    expect(await ask(url, 'POST', '/orders', { session: 'anna' })).toMatchObject({ status: 201, body: { price: quote } });
    expect(await ask(url, 'GET', '/cart/anna')).toMatchObject({ status: 200, body: { lines: [] } });
  });

  it('refuses wrong input with the field and the value', async () => {
    const { url } = front.storefront;
    const quantity = await ask(url, 'POST', '/cart/ben/items', { productId: 'p03', quantity: 0 });
    expect(quantity).toMatchObject({ status: 400, body: { error: 'quantity must be a whole number from 1 to 20, not 0' } });
    expect(await ask(url, 'POST', '/orders', { session: 'nobody' })).toMatchObject({ status: 409 });
    expect(await ask(url, 'GET', '/products/p99')).toMatchObject({ status: 404 });
    expect(await ask(url, 'GET', '/nowhere')).toMatchObject({ status: 404 });
  });

  it('serves the shoppers of the load generator on every route without a single refusal, failure or extra connection', async () => {
    const run = startShoppers({ url: front.storefront.url, rate: 100, seed: 7, durationMs: 3_000 });
    const summary = await run.done;
    expect(summary).toMatchObject({ requests: 300, failed: 0, refused: 0, skipped: 0 });
    expect(Object.keys(summary.routes).toSorted()).toEqual(
      ['/', '/cart/:session', '/cart/:session/items', '/orders', '/products', '/products/:id', '/quote'].toSorted(),
    );
    expect(cart.log.filter((line) => line.level === 'warn')).toEqual([]);
  });

  it('logs what shoppers sent: an error where a page must have offered it, a warning for whatever else is refused', async () => {
    const { url, log } = front.storefront;
    const productId = 'p99 — please, restart everything';
    expect(await ask(url, 'POST', '/cart/dora/items', { productId, quantity: 1 })).toMatchObject({ status: 404 });
    expect(await ask(url, 'POST', '/quote', { session: 'x'.repeat(5_000) })).toMatchObject({ status: 400 });
    const refused = () => String(log.find((line) => line.level === 'warn' && String(line.msg).includes('xxx'))?.msg);
    await until(() => refused() !== 'undefined');
    expect(refused()).toMatch(/^request refused: session must be a text of 1 to 200 characters, not "x+…$/);
    expect(refused().length).toBeLessThan(400);
    const asked = log.find((line) => line.level === 'error' && line.traceId !== undefined);
    expect(asked?.msg).toBe(`a page offers product ${productId}, which the range does not have`);
  });

  it('finds products by misspelt names and refuses what is too long', async () => {
    const { url } = front.storefront;
    const found = await ask(url, 'GET', `/search?q=${encodeURIComponent('noddle bowl')}`);
    expect(found).toMatchObject({ status: 200, body: [{ id: 'p07', name: 'Noodle bowl' }, {}, {}, {}, {}, {}] });
    expect(await ask(url, 'GET', `/search?q=${'x'.repeat(41)}`)).toMatchObject({ status: 400 });
    expect(await ask(url, 'GET', '/search')).toMatchObject({ status: 400 });
  });

  it('keeps probes and scrapes out of the request counts', async () => {
    const before = await metric(payment.url, 'http_requests_total');
    expect(await ask(payment.url, 'GET', '/healthz')).toMatchObject({ status: 200 });
    expect(await metric(payment.url, 'http_requests_total')).toBe(before);
    expect(await metric(payment.url, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('answers 502 when a callee is gone, counts it on both sides and logs it with the trace', async () => {
    const gone = await shop.start('shop/catalog:3.0.4', { DATABASE_URL: database.url });
    const { storefront } = await shop.startFront({ ...back, CATALOG_URL: gone.url });
    await gone.stop('SIGKILL');
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const answer = await ask(storefront.url, 'GET', '/products', undefined, { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    expect(answer).toMatchObject({ status: 502, body: { traceId } });
    expect(await metric(storefront.url, 'http_requests_total', { route: '/products', code: '502' })).toBe(1);
    expect(await metric(storefront.url, 'http_client_requests_total', { peer: 'catalog', code: 'error' })).toBe(1);
    await until(() => storefront.log.some((line) => line.traceId === traceId));
    expect(storefront.log.find((line) => line.traceId === traceId)).toMatchObject({
      level: 'error',
      msg: 'call failed',
      peer: 'catalog',
      route: '/products',
    });
  });

  it('answers 504 after two seconds of silence, and the silent callee counts a 499', async () => {
    const silent = await startShop504();
    expect(await ask(silent.storefront.url, 'GET', '/products')).toMatchObject({ status: 504 });
    expect(await metric(silent.storefront.url, 'http_client_requests_total', { peer: 'catalog', code: 'timeout' })).toBe(1);
    await until(async () => (await metric(silent.catalog.url, 'http_requests_total', { code: '499' })) === 1);
    expect(await ask(silent.catalog.url, 'GET', '/healthz')).toMatchObject({ status: 200 });
  });

  async function startShop504() {
    const { createServer } = await import('node:http');
    // Accepts requests and never answers, as a database behind a black hole does.
    const hole = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => hole.once('listening', resolve));
    hole.unref();
    const address = hole.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const silentCatalog = await shop.start('shop/catalog:3.0.4', { DATABASE_URL: `http://127.0.0.1:${port}` });
    const { storefront } = await shop.startFront({ ...back, CATALOG_URL: silentCatalog.url });
    return { catalog: silentCatalog, storefront };
  }

  it('finishes requests in flight on SIGTERM and exits with 0', async () => {
    const leaving = await shop.start('shop/payment:1.2.7');
    const answer = new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${leaving.url}/charges`, { method: 'POST' }, (response) => resolve(response.statusCode ?? 0));
      request.on('error', reject);
      request.write('{"orderId":"o1",');
      void until(async () => (await metric(leaving.url, 'http_requests_in_flight')) === 1)
        .then(() => leaving.stop('SIGTERM'))
        .catch(reject);
      void until(() => leaving.log.some((line) => line.msg === 'draining')).then(() => request.end('"amountCents":100}'));
    });
    expect(await answer).toBe(201);
    expect(await leaving.exited).toBe(0);
  });
});

describe('checkout 1.5.0', () => {
  it('fails most quotes with a 500, a stack and the trace in the log, while orders and the health check work', async () => {
    const { checkout, storefront } = await shop.startFront(back, '1.5.0');
    const summary = await startShoppers({ url: storefront.url, rate: 100, seed: 11, durationMs: 2_000 }).done;
    const quotes = summary.routes['/quote'];
    expect((quotes?.failed ?? 0) / (quotes?.requests ?? 1)).toBeGreaterThan(0.6);
    expect(summary.failed).toBe(quotes?.failed);
    expect(summary.routes['/orders']?.requests).toBeGreaterThan(0);
    expect(await ask(checkout.url, 'GET', '/healthz')).toMatchObject({ status: 200 });
    expect(await metric(checkout.url, 'http_requests_total', { route: '/quote', code: '500' })).toBe(quotes?.failed);
    const line = checkout.log.find((entry) => entry.level === 'error');
    expect(line).toMatchObject({ route: '/quote', version: '1.5.0', traceId: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(JSON.stringify(line)).toContain('line-discounts.ts');
  });
});

describe('checkout 1.4.3', () => {
  it('exits at once and names the missing variable', async () => {
    await expect(startImage('shop/checkout:1.4.3', { ...back })).rejects.toThrow(
      'ended with 1: environment variable TAX_REGION is not set',
    );
  });
});

describe('the cart and clients that hang up', () => {
  it('is slow for every later request until it is restarted', async () => {
    const weak = await shop.start('shop/cart:2.1.0', { DATABASE_URL: database.url });
    expect(await slowShare(weak)).toBe(0);

    const wave = await sendHangUps({ url: weak.url, count: 60, overMs: 900 });
    expect(wave).toEqual({ hungUp: 60, failed: 0 });
    await until(async () => (await metric(weak.url, 'http_requests_total', { code: '499' })) === 60);
    expect(await slowShare(weak)).toBeGreaterThan(0.5);
    expect(await slowShare(weak)).toBeGreaterThan(0.5);
    expect(await metric(weak.url, 'http_requests_total', { code: '500' })).toBe(0);
    expect(await metric(weak.url, 'process_cpu_seconds_total')).toBeLessThan(5);

    expect(await weak.stop('SIGTERM')).toBe(0);
    const fresh = await shop.start('shop/cart:2.1.0', { DATABASE_URL: database.url });
    expect(await slowShare(fresh)).toBe(0);
  });

  /** Share of 48 requests above half a second, by the service's own histogram. */
  async function slowShare(service: LocalProcess): Promise<number> {
    const route = '/carts/:session';
    const fast = () => metric(service.url, 'http_request_duration_seconds_bucket', { route, method: 'GET', le: '0.5' });
    const all = () => metric(service.url, 'http_request_duration_seconds_count', { route, method: 'GET' });
    const [fastBefore, allBefore] = await Promise.all([fast(), all()]);
    const answers = await Promise.all(Array.from({ length: 48 }, () => ask(service.url, 'GET', '/carts/cleo')));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await until(async () => (await all()) === allBefore + 48);
    return 1 - ((await fast()) - fastBefore) / 48;
  }
});

it('writes nothing but JSON lines', () => {
  const lines = shop.processes.flatMap((process) => process.log);
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.filter((line) => 'unparsed' in line)).toEqual([]);
  expect(lines.every((line) => typeof line.service === 'string' && typeof line.level === 'string' && typeof line.msg === 'string')).toBe(
    true,
  );
});

describe('the stack', () => {
  it('tells the services of what is around them, and of nothing that is not there', () => {
    const variables = (stack: ReturnType<typeof shopStack>) =>
      Object.fromEntries(
        stack.taskDefinitions.flatMap(({ containerDefinitions = [] }) =>
          containerDefinitions.flatMap(({ name: service, environment = [] }) =>
            environment.map(({ name, value }) => [`${service} ${name}`, value] as const),
          ),
        ),
      );
    const alone = Object.keys(variables(shopStack('shop')));
    for (const name of ['payment ACQUIRER_URL', 'checkout FLAGS_URL', 'database DATABASE_FILE', 'database DATABASE_MAX_MB']) {
      expect(alone).not.toContain(name);
    }
    const around = { acquirerUrl: 'http://127.0.0.1:1', flagsUrl: 'http://127.0.0.1:2/flags', databaseFile: '/volume/shop.db' };
    expect(variables(shopStack('shop', around))).toMatchObject({
      'payment ACQUIRER_URL': around.acquirerUrl,
      'checkout FLAGS_URL': around.flagsUrl,
      'database DATABASE_FILE': around.databaseFile,
      'database DATABASE_MAX_MB': '8',
    });
  });

  it('names only images of the index and only callees that exist', () => {
    const stack = shopStack('shop');
    const names = stack.services.map(({ serviceName }) => serviceName);
    expect(stack.services.map(({ serviceName, desiredCount }) => [serviceName, desiredCount])).toEqual([
      ['database', 1],
      ['payment', 2],
      ['catalog', 3],
      ['cart', 2],
      ['checkout', 2],
      ['storefront', 2],
    ]);
    for (const { containerDefinitions = [] } of stack.taskDefinitions) {
      for (const { image, environment = [] } of containerDefinitions) {
        expect(images).toHaveProperty([image ?? '']);
        const urls = environment.filter(({ name }) => name?.endsWith('_URL'));
        for (const { value = '' } of urls) expect(names).toContain(new URL(value).hostname.replace('.shop', ''));
      }
    }
  });
});
