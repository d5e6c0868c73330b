import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { ClusterControl } from '../../stage/cluster-control.ts';
import type { Shoppers, Stage, StageCluster } from '../../stage/stage.ts';
import { load } from './load.ts';
import type { Scope, TakeBack } from './provider.ts';

async function startServer(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
function scopeOf(url: string, shoppers?: Shoppers): Scope {
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const control = { urlOf: () => url } as unknown as ClusterControl;
  const view = { errorRatio: 0.25, latencyP95: null };
  return {
    stage: { seconds: (written: number) => written * 1000 } as Stage,
    cluster: { control, shoppers, userView: async () => view } as unknown as StageCluster,
    signal: over.signal,
    random: () => 0,
  };
}
function run(func: string, given: Record<string, unknown>, scope: Scope): Promise<TakeBack | undefined> {
  const action = load.actions[func];
  if (!action) throw new Error(`no action ${func}`);
  return action.run(action.arguments.parse(given), scope);
}
async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it('sends one request again and again, counting, until it is taken back', async () => {
  const { url, asked } = await startServer();
  const takeBack = await run('requests', { service: 'payment', method: 'POST', path: '/charges/{n}', rate: 100 }, scopeOf(url));
  await until(() => asked.length >= 5);
  expect(asked.slice(0, 3)).toEqual(['POST /charges/1', 'POST /charges/2', 'POST /charges/3']);
  await takeBack?.();
  // What was on its way arrives; nothing follows.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const sent = asked.length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(asked.length).toBe(sent);
});

it('surges on one page, or does what shoppers do', async () => {
  const [page, mix] = [await startServer(), await startServer()];
  const ends = [
    await run('surge', { rate: 100, path: '/search?q=cup' }, scopeOf(page.url)),
    await run('surge', { rate: 100 }, scopeOf(mix.url)),
  ];
  await until(() => page.asked.length >= 20 && mix.asked.length >= 20);
  expect(new Set(page.asked)).toEqual(new Set(['GET /search?q=cup']));
  expect(new Set(mix.asked).size).toBeGreaterThan(3);
  for (const end of ends) await end?.();
});

it('has the usual shoppers come less often for a while, and as before afterwards', async () => {
  const rates: number[] = [];
  const shoppers: Shoppers = { usualRate: 20, setRate: (rate) => rates.push(rate), counts: () => ({ asked: 0, failed: 0, slow: 0 }) };
  const takeBack = await run('share', { of: 0.1, seconds: 0.05 }, scopeOf('http://127.0.0.1:1', shoppers));
  await until(() => rates.length === 2);
  await takeBack?.();
  expect(rates).toEqual([2, 20, 20]);
  await expect(run('share', { of: 0.1 }, scopeOf('http://127.0.0.1:1'))).rejects.toThrow(/no shoppers/);
});

it('reads what users feel', async () => {
  const scope = scopeOf('http://127.0.0.1:1');
  expect(await load.probes['error-ratio']?.read({ service: 'storefront' }, scope)).toBe(0.25);
  expect(await load.probes['latency-p95']?.read({ service: 'storefront' }, scope)).toBeNull();
});
