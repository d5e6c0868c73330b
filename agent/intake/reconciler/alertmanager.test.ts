import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UpstreamError } from '../../domain/errors.ts';
import { faults, sendJson, startUpstream, type Upstream } from '../../evidence/upstream.contract.ts';
import { createAlertmanager } from './alertmanager.ts';

const shown = {
  annotations: { summary: 'x' },
  endsAt: '2026-11-21T13:44:32.970Z',
  fingerprint: '7fc4a41c7f617776',
  receivers: [{ name: 'kintsugi' }, { name: 'people' }],
  startsAt: '2026-11-21T13:39:32.970Z',
  status: { inhibitedBy: [], silencedBy: [], state: 'active' },
  updatedAt: '2026-11-21T15:39:32.970+02:00',
  labels: { alertname: 'Down', s: '1' },
};

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.close());

const alertmanager = (settings = {}) =>
  createAlertmanager({ url: `${upstream.url}/`, timeoutMs: 5_000, maxBytes: 100_000, ...settings }, fetch);
const alerts = (settings = {}) => alertmanager(settings).alerts(new AbortController().signal);

describe('the alerts Alertmanager shows', () => {
  it('are read with their receivers, in UTC', async () => {
    let asked: string | undefined;
    upstream.answer((request, response) => {
      asked = request.url;
      sendJson(response, 200, [shown]);
    });
    expect(await alerts()).toEqual([
      {
        annotations: { summary: 'x' },
        fingerprint: '7fc4a41c7f617776',
        generatorURL: '',
        labels: { alertname: 'Down', s: '1' },
        receivers: ['kintsugi', 'people'],
        startsAt: '2026-11-21T13:39:32.970Z',
        suppressed: false,
        updatedAt: '2026-11-21T13:39:32.970Z',
      },
    ]);
    expect(asked).toBe('/api/v2/alerts?active=true&silenced=true&inhibited=true&unprocessed=true');
  });

  it.each([
    { state: 'suppressed', silencedBy: ['s'], inhibitedBy: [] },
    { state: 'suppressed', silencedBy: [], inhibitedBy: ['f'] },
    { state: 'active', silencedBy: [], inhibitedBy: [], mutedBy: ['at night'] },
    { state: 'unprocessed', silencedBy: [], inhibitedBy: [] },
    { state: 'active', silencedBy: ['s'], inhibitedBy: null },
    { state: 'something else' },
  ])('are suppressed as %j', async (status) => {
    upstream.answer((_, response) => sendJson(response, 200, [{ ...shown, status }]));
    expect(await alerts()).toMatchObject([{ suppressed: true }]);
  });

  it('keep names that every object carries', async () => {
    const labels = JSON.parse('{"alertname":"A","__proto__":"x"}') as object;
    upstream.answer((_, response) => sendJson(response, 200, [{ ...shown, labels }]));
    expect(Object.keys((await alerts())[0]?.labels ?? {})).toEqual(['alertname', '__proto__']);
  });
});

it('reads the matchers of the silences that are in force', async () => {
  const matchers = [{ name: 'a', value: 'b', isRegex: false }];
  upstream.answer((_, response) =>
    sendJson(response, 200, [
      { status: { state: 'active' }, matchers },
      { status: { state: 'expired' }, matchers },
      { status: { state: 'pending' }, matchers },
    ]),
  );
  expect(await alertmanager().silences(new AbortController().signal)).toEqual([[{ ...matchers[0], isEqual: true }]]);
});

describe('an Alertmanager that does not answer as it should', () => {
  // A list is what it answers.
  it.each(faults.filter((fault) => fault.name !== 'answers a list'))('$name', async ({ listener, names }) => {
    upstream.answer(listener);
    const error = await alerts().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UpstreamError);
    const { reason, message } = error as UpstreamError;
    expect(`${reason}: ${message}`).toMatch(names);
  });

  it.each([
    ['no list', { alerts: [] }],
    ['a label that is no text', [{ ...shown, labels: { alertname: 7 } }]],
    ['labels in a list', [{ ...shown, labels: ['a'] }]],
    ['a time that is none', [{ ...shown, updatedAt: 'yesterday' }]],
    ['no status', [{ ...shown, status: undefined }]],
    ['an old answer of API v1', { status: 'success', data: [shown] }],
  ])('answers %s', async (_, body) => {
    upstream.answer((__, response) => sendJson(response, 200, body));
    await expect(alerts()).rejects.toMatchObject({ code: 'UPSTREAM_SERVER', message: expect.stringContaining('unknown shape') });
  });

  it.each([301, 302, 303, 307, 308])('redirects with %i, and nobody follows', async (status) => {
    let requests = 0;
    upstream.answer((_, response) => {
      requests += 1;
      response.writeHead(status, { location: `${upstream.url}/elsewhere` }).end();
    });
    await expect(alerts()).rejects.toMatchObject({ reason: 'client', message: expect.stringContaining(String(status)) });
    expect(requests).toBe(1);
  });

  it('never answers', async () => {
    upstream.answer(() => undefined);
    await expect(alerts({ timeoutMs: 50 })).rejects.toMatchObject({ reason: 'timeout' });
  });

  it('drips its answer', async () => {
    upstream.answer((_, response) => {
      const drip = setInterval(() => response.write(' '), 10);
      response.once('close', () => clearInterval(drip));
    });
    await expect(alerts({ timeoutMs: 80 })).rejects.toMatchObject({ reason: 'timeout' });
  });

  it('sends more than anybody wants to hold, packed or not', async () => {
    let sent = 0;
    upstream.answer((_, response) => {
      const chunk = Buffer.alloc(65_536, ' ');
      const more = () => {
        while (sent < 50_000_000 && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', more);
        }
      };
      more();
    });
    await expect(alerts()).rejects.toMatchObject({ reason: 'server', message: expect.stringContaining('larger than 100000 bytes') });
    expect(sent).toBeLessThan(20_000_000);
    upstream.answer((_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000_000))));
    await expect(alerts()).rejects.toMatchObject({ message: expect.stringContaining('larger than 100000 bytes') });
  });

  it('is left when the agent stops', async () => {
    upstream.answer(() => undefined);
    const stopping = new AbortController();
    const reading = alertmanager().alerts(stopping.signal);
    stopping.abort(new Error('the agent stops'));
    await expect(reading).rejects.toThrow('the agent stops');
  });
});
