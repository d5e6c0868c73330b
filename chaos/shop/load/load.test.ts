import { describe, expect, it } from 'vitest';
import { sendHangUps } from './hang-ups.ts';
import { createMix } from './mix.ts';
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
