import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startShoppers } from './load/shoppers.ts';
import type { LocalProcess } from './local-process.ts';
import { ask, type Back, metric, RunningShop, until } from './testing/running-shop.ts';

const shop = new RunningShop();

let back: Back;
let cart: LocalProcess;

beforeAll(async () => {
  ({ back, cart } = await shop.startBack());
});

afterAll(() => shop.stop());

async function fill(cartUrl: string, session: string, ...names: string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const line = { productId: `q${index}`, name, priceCents: 1_000, quantity: 1 };
    expect(await ask(cartUrl, 'POST', `/carts/${session}/items`, line)).toMatchObject({ status: 200 });
  }
}

it('runs releases that change nothing for shoppers: catalog 3.0.5, checkout 1.4.5, storefront 2.3.2', async () => {
  const catalog = await shop.start('shop/catalog:3.0.5', { DATABASE_URL: back.DATABASE_URL });
  const { storefront } = await shop.startFront({ ...back, CATALOG_URL: catalog.url }, '1.4.5', '2.3.2');
  const summary = await startShoppers({ url: storefront.url, rate: 100, seed: 21, durationMs: 2_000 }).done;
  expect(summary).toMatchObject({ requests: 200, failed: 0, refused: 0, skipped: 0 });
});

it('cart 2.1.1 answers carts in a shape that checkout cannot read, and is well itself', async () => {
  const other = await shop.start('shop/cart:2.1.1', { DATABASE_URL: back.DATABASE_URL });
  const { checkout } = await shop.startFront({ ...back, CART_URL: other.url });
  await fill(other.url, 'shapes', 'Sake cup');
  expect(await ask(other.url, 'GET', '/carts/shapes')).toMatchObject({ status: 200, body: { items: [{ name: 'Sake cup' }] } });
  for (const path of ['/quote', '/orders'])
    expect(await ask(checkout.url, 'POST', path, { session: 'shapes' })).toMatchObject({ status: 500 });
  expect(await metric(other.url, 'http_requests_total', { code: '500' })).toBe(0);
  await until(() => checkout.log.filter((line) => line.msg === 'request failed').length === 2);
});

it('cart 2.2.0 keeps some three megabytes for every cart it answers', async () => {
  const other = await shop.start('shop/cart:2.2.0', { DATABASE_URL: back.DATABASE_URL });
  const growth = async ({ url }: LocalProcess) => {
    const before = await metric(url, 'process_resident_memory_bytes');
    for (let request = 0; request < 60; request += 1) expect(await ask(url, 'GET', '/carts/anybody')).toMatchObject({ status: 200 });
    return ((await metric(url, 'process_resident_memory_bytes')) - before) / 1e6;
  };
  expect(await growth(other)).toBeGreaterThan(150);
  expect(await growth(cart)).toBeLessThan(50);
});

it('catalog 3.2.0 rewrites the products: half of their pages fail, and with the version before it nothing can be read any more', async () => {
  const database = await shop.start('shop/database:1.0.3');
  const env = { DATABASE_URL: database.url };
  const before = await shop.start('shop/catalog:3.0.4', env);
  expect(await ask(before.url, 'GET', '/products')).toMatchObject({ status: 200 });

  const after = await shop.start('shop/catalog:3.2.0', env);
  await until(() => after.log.some((line) => line.msg === 'the products carry a currency'));
  const list = await ask(after.url, 'GET', '/products');
  expect(list.status).toBe(200);
  expect(list.body).toContainEqual({ id: 'p03', name: 'Sake cup', priceCents: 1_299 });
  expect(await ask(after.url, 'GET', '/products/p01')).toMatchObject({ status: 200, body: { priceCents: 4_899, variant: 'black glaze' } });
  expect(await ask(after.url, 'GET', '/products/p03')).toMatchObject({ status: 500 });
  const pages = await Promise.all((list.body as { id: string }[]).map(({ id }) => ask(after.url, 'GET', `/products/${id}`)));
  expect(pages.filter(({ status }) => status === 500)).toHaveLength(13);

  for (const path of ['/products', '/products/p01']) expect(await ask(before.url, 'GET', path)).toMatchObject({ status: 500 });
  expect(await ask(after.url, 'GET', '/products/p01')).toMatchObject({ status: 200 });
});

it('checkout 1.4.4 is healthy for three seconds and serves on', async () => {
  const { checkout } = await shop.startFront(back, '1.4.4');
  expect(await ask(checkout.url, 'GET', '/healthz')).toMatchObject({ status: 200 });
  await until(async () => (await ask(checkout.url, 'GET', '/healthz')).status === 503);
  await fill(cart.url, 'late', 'Sake cup');
  expect(await ask(checkout.url, 'POST', '/quote', { session: 'late' })).toMatchObject({ status: 200 });
});

it('checkout 1.6.0 asks the database once more for every line of a quote, and waits for each', async () => {
  const { checkout } = await shop.startFront(back, '1.6.0');
  await fill(cart.url, 'slow', 'Sake cup', 'Tea bowl');
  const quote = { subtotalCents: 2_000, discountCents: 200, shippingCents: 590, totalCents: 2_390 };
  expect(await ask(checkout.url, 'POST', '/quote', { session: 'slow' })).toEqual({ status: 200, body: quote });
  expect(await metric(checkout.url, 'http_client_requests_total', { peer: 'database' })).toBe(4);
  const took = { route: '/quote', method: 'POST' };
  expect(await metric(checkout.url, 'http_request_duration_seconds_count', took)).toBe(1);
  expect(await metric(checkout.url, 'http_request_duration_seconds_bucket', { ...took, le: '1' })).toBe(0);
});

it('payment 1.2.8 is not healthy until it has charged a card', async () => {
  const payment = await shop.start('shop/payment:1.2.8');
  expect(await ask(payment.url, 'GET', '/healthz')).toMatchObject({ status: 503, body: { reason: 'no card was charged yet' } });
  expect(await ask(payment.url, 'POST', '/charges', { orderId: 'o1', amountCents: 100 })).toMatchObject({ status: 201 });
  expect(await ask(payment.url, 'GET', '/healthz')).toMatchObject({ status: 200 });
});

it('storefront 2.4.0 ends with an error once more products were looked at than its board has places', async () => {
  const { storefront } = await shop.startFront(back, '1.4.2', '2.4.0');
  for (let id = 10; id < 23; id += 1) expect(await ask(storefront.url, 'GET', `/products/p${id}`)).toMatchObject({ status: 200 });
  expect(await storefront.exited).toBe(1);
  expect(JSON.stringify(storefront.log.find((line) => line.level === 'fatal'))).toContain('most-viewed.ts');
});

describe('a configuration that means seconds where milliseconds are read', () => {
  it('lets nearly every call to the database run out of time', async () => {
    const catalog = await shop.start('shop/catalog:3.0.4', { DATABASE_URL: back.DATABASE_URL, CALL_TIMEOUT_MS: '1' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(catalog.url, 'GET', '/products')));
    expect(answers.filter(({ status }) => status === 504).length).toBeGreaterThan(18);
  });

  it.each(['0', '-1', '5 s', '1.5'])('is refused at the start when it is %s', async (value) => {
    const start = shop.start('shop/catalog:3.0.4', { DATABASE_URL: back.DATABASE_URL, CALL_TIMEOUT_MS: value });
    await expect(start).rejects.toThrow(`ended with 1: CALL_TIMEOUT_MS is "${value}"`);
  });
});
