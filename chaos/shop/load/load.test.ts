import { createServer, type IncomingMessage, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendHangUps } from './hang-ups.ts';
import { createMix } from './mix.ts';
import { startRequests } from './requests.ts';
import { startShoppers } from './shoppers.ts';

describe('the mix', () => {
  const take = (seed: number, count: number) => {
    const mix = createMix(seed);
    return Array.from({ length: count }, () => mix.next());
  };

  it('is the same for the same seed and shares no session with another seed', () => {
    expect(take(3, 500)).toEqual(take(3, 500));
    const sessions = (seed: number) => new Set(take(seed, 500).flatMap(({ body }) => (body?.session ? [String(body.session)] : [])));
    expect([...sessions(3)].filter((session) => sessions(4).has(session))).toEqual([]);
  });

  it('holds its shares over time', () => {
    const requests = take(1, 10_000);
    const share = (route: string) => requests.filter((request) => request.route === route).length / requests.length;
    expect(share('/quote')).toBeCloseTo(0.14, 1);
    expect(share('/orders')).toBeGreaterThan(0.08);
    expect(share('/products') + share('/products/:id') + share('/')).toBeCloseTo(0.52, 1);
  });

  it('prices and orders only carts that were filled well before, and each order ends its cart', () => {
    const filledAt = new Map<string, number>();
    for (const [at, { route, path, body }] of take(5, 5_000).entries()) {
      if (route === '/cart/:session/items') {
        filledAt.set(path.split('/')[2] ?? '', at);
      } else if (route === '/quote' || route === '/orders') {
        const session = String(body?.session);
        expect(at - (filledAt.get(session) ?? Number.NaN)).toBeGreaterThanOrEqual(25);
        if (route === '/orders') filledAt.delete(session);
      }
    }
  });
});

describe('the target', () => {
  it.each([
    'https://127.0.0.1:1',
    'http://example.com',
    'http://10.0.0.1:8080',
    'http://127.0.0.1.example.com',
    'shop',
    'http://0.0.0.0:1',
  ])('is refused when it is %s', async (url) => {
    expect(() => startShoppers({ url, rate: 1, seed: 1, durationMs: 1 })).toThrow(/--url/);
    await expect(sendHangUps({ url, count: 1, overMs: 0 })).rejects.toThrow(/--url/);
  });

  it('may be any loopback address, and an unreachable one counts as failed', async () => {
    const summary = await startShoppers({ url: 'http://127.0.0.1:1', rate: 100, seed: 1, durationMs: 100 }).done;
    expect(summary).toMatchObject({ requests: 10, failed: 10 });
    expect(await sendHangUps({ url: 'http://[::1]:1', count: 2, overMs: 0 })).toEqual({ hungUp: 0, failed: 2 });
  });
});

it.each([0, -1, Number.NaN, 5_000])('refuses a rate of %d', (rate) => {
  expect(() => startShoppers({ url: 'http://127.0.0.1:1', rate, seed: 1 })).toThrow(/--rate/);
});

describe('requests of one kind', () => {
  let server: Server;
  let url: string;
  let answer: { status: number; afterMs: number };
  const seen: { method: string | undefined; path: string | undefined; body: string }[] = [];

  async function bodyOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const { status, afterMs } = answer;
      seen.push({ method: request.method, path: request.url, body: await bodyOf(request) });
      setTimeout(() => response.writeHead(status).end(), afterMs);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });
  afterAll(() => server.close());

  it('are numbered wherever the caller says so', async () => {
    answer = { status: 204, afterMs: 0 };
    seen.length = 0;
    const body = { text: 'entry {n}', list: ['{n}', 7, null], deep: { text: '{n}{n}' } };
    await startRequests({ url, method: 'PUT', path: '/journal/{n}?of={n}', body, rate: 100, durationMs: 25 }).done;
    expect(seen.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
      'PUT /journal/1?of=1',
      'PUT /journal/2?of=2',
      'PUT /journal/3?of=3',
    ]);
    expect(JSON.parse(seen.find(({ path }) => path?.includes('/2?'))?.body ?? '')).toEqual({
      text: 'entry 2',
      list: ['2', 7, null],
      deep: { text: '22' },
    });
  });

  it('count as failed when they are answered 5xx, and as slow when they are answered late', async () => {
    answer = { status: 503, afterMs: 0 };
    const failing = startRequests({ url, method: 'GET', path: '/', rate: 100, durationMs: 50 });
    expect(await failing.done).toMatchObject({ requests: 5, failed: 5 });
    expect(failing.counts()).toEqual({ asked: 5, failed: 5, slow: 0 });
    answer = { status: 404, afterMs: 600 };
    const slow = startRequests({ url, method: 'GET', path: '/', rate: 100, durationMs: 30 });
    expect(await slow.done).toMatchObject({ requests: 3, failed: 0, refused: 3 });
    expect(slow.counts()).toEqual({ asked: 3, failed: 0, slow: 3 });
  });

  it('come at another rate from the moment it is set', async () => {
    answer = { status: 200, afterMs: 0 };
    seen.length = 0;
    const stop = new AbortController();
    const run = startRequests({ url, method: 'GET', path: '/', rate: 0.01, signal: stop.signal });
    run.setRate(200);
    while (seen.length < 10) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(() => run.setRate(0)).toThrow(/--rate/);
    stop.abort();
    await run.done;
  });
});
