import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faults, sendJson, startUpstream, type Upstream } from '../upstream.contract.ts';
import { prometheus } from './index.ts';

const now = new Date('2026-11-21T11:00:00.000Z');
const seconds = now.getTime() / 1000;

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());

function firing(settings = {}, signal = new AbortController().signal) {
  const config = prometheus.config.parse({ url: upstream.url, ...settings });
  return prometheus.firing(config, { fetch, now: () => now })(signal);
}

const vector = (result: object[]) => ({ status: 'success', data: { resultType: 'vector', result } });

describe('the alerts that fire in Prometheus', () => {
  it('come with their labels and since when, without the labels of the series', async () => {
    let asked = new URLSearchParams();
    upstream.answer(async (request, response) => {
      asked = new URLSearchParams(await text(request));
      const labels = { alertname: 'HighLatency', ecs_service: 'cart' };
      sendJson(
        response,
        200,
        vector([
          { metric: { __name__: 'ALERTS_FOR_STATE', ...labels }, value: [seconds, String(seconds - 600)] },
          { metric: { __name__: 'ALERTS', alertstate: 'firing', alertname: 'Old' }, value: [seconds, '1'] },
          { metric: { __name__: 'ALERTS_FOR_STATE', alertname: 'Odd' }, value: [seconds, 'NaN'] },
        ]),
      );
    });
    expect(await firing()).toEqual([
      { labels: { alertname: 'HighLatency', ecs_service: 'cart' }, since: '2026-11-21T10:50:00.000Z' },
      { labels: { alertname: 'Old' }, since: null },
      { labels: { alertname: 'Odd' }, since: null },
    ]);
    expect(asked.get('query')).toContain('ALERTS{alertstate="firing"}');
  });

  it.each(faults)('are not known when Prometheus $name', async ({ listener, names }) => {
    upstream.answer(listener);
    const error = await firing().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ system: 'prometheus' });
    const { reason, message } = error as { reason: string; message: string };
    expect(`${reason}: ${message}`).toMatch(names);
  });

  it('are not waited for longer than an answer may take, nor after the agent stops', async () => {
    upstream.answer(() => undefined);
    await expect(firing({ timeoutMs: 100 })).rejects.toMatchObject({ reason: 'timeout' });
    const stopping = new AbortController();
    const reading = firing({}, stopping.signal);
    stopping.abort(new Error('the agent stops'));
    await expect(reading).rejects.toThrow('the agent stops');
  });
});
