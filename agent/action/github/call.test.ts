import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secret } from '../../domain/secret.ts';
import { permitted } from '../../testing/hold.ts';
import { createGithubCalls, type GithubCalls, orUnread } from './call.ts';

const signal = new AbortController().signal;
const schema = z.object({ id: z.int() });
const servers: Server[] = [];
const asked: IncomingMessage[] = [];

afterEach(() => {
  asked.splice(0);
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function callsTo(listener: RequestListener, more: object = {}): Promise<GithubCalls> {
  const server = createServer((request, response) => {
    asked.push(request);
    listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return createGithubCalls({ url, token: new Secret('a-token'), timeoutMs: 2_000, maxBytes: 10_000, ...more }, { fetch });
}
const answering =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const reading = { call: 'GET /git/ref/{ref}', repository: 'acme/shop', parameters: { ref: 'heads/main' }, schema };
const making = { call: 'POST /issues', repository: 'acme/shop', parameters: { title: 'x' }, schema };

describe('a read', () => {
  it('asks with the token and the version, encodes what stands in braces, and answers the parsed reply', async () => {
    const calls = await callsTo(answering(200, { id: 1, more: true }));
    expect(await calls.read({ ...reading, parameters: { ref: 'heads/../../x?y' } }, signal)).toEqual({ id: 1 });
    expect(asked[0]).toMatchObject({ method: 'GET', url: '/repos/acme/shop/git/ref/heads%2F..%2F..%2Fx%3Fy' });
    expect(asked[0]?.headers).toMatchObject({ authorization: 'token a-token', 'x-github-api-version': '2022-11-28' });
  });

  it.each([404, 422])('answers null for what GitHub does not know (%i)', async (status) => {
    const calls = await callsTo(answering(status, { message: 'Not Found' }));
    expect(await calls.read(reading, signal)).toBeNull();
  });

  it.each([
    [401, 'UPSTREAM_AUTH', 'the token is wrong'],
    [403, 'UPSTREAM_AUTH', 'lacks a permission'],
    [429, 'UPSTREAM_RATE_LIMIT', 'rate limit'],
    [301, 'UPSTREAM_CLIENT', 'renamed or moved'],
    [500, 'UPSTREAM_SERVER', 'try again later'],
  ])('raises what HTTP %i means, with a hint and without the token', async (status, code, hint) => {
    const calls = await callsTo(answering(status, { message: 'Bad \u001b[31mthing' }, { location: '/elsewhere' }));
    const failed = calls.read(reading, signal);
    await expect(failed).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(hint),
      message: expect.stringContaining('Bad thing'),
    });
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('a-token') });
    expect(asked).toHaveLength(1);
  });

  it('raises what is too large, too slow, of another shape, or broken off', async () => {
    const failing = async (listener: RequestListener, more = {}) => (await callsTo(listener, more)).read(reading, signal);
    await expect(failing(answering(200, 'x'.repeat(20_000)))).rejects.toMatchObject({ message: expect.stringContaining('larger than') });
    await expect(failing(() => undefined, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
    await expect(failing(answering(200, { id: 'one' }))).rejects.toMatchObject({ message: expect.stringContaining('unknown shape at id') });
    await expect(failing((request) => void request.socket.destroy())).rejects.toMatchObject({ code: 'UPSTREAM_SERVER' });
  });

  it('stops with the caller, with the caller’s reason', async () => {
    const leave = new AbortController();
    const calls = await callsTo(() => leave.abort(new Error('the run is draining')));
    await expect(calls.read(reading, leave.signal)).rejects.toThrow('the run is draining');
    await expect(calls.read(reading, leave.signal)).rejects.toThrow('the run is draining');
    expect(asked).toHaveLength(1);
  });
});

describe('a change', () => {
  const outcomeOf = async (listener: RequestListener, effect = permitted(), more = {}) =>
    (await callsTo(listener, more)).change(making, effect);

  it('answers yes with the reply, once', async () => {
    expect(await outcomeOf(answering(201, { id: 7 }))).toEqual({
      outcome: { applied: 'yes', detail: 'POST /issues was accepted' },
      reply: { id: 7 },
    });
    expect(asked).toHaveLength(1);
  });

  it.each([
    [400, 'no'],
    [401, 'no'],
    [403, 'no'],
    [404, 'no'],
    [405, 'no'],
    [409, 'no'],
    [422, 'no'],
    [429, 'no'],
    [301, 'no'],
    [307, 'no'],
    [408, 'unknown'],
    [500, 'unknown'],
    [502, 'unknown'],
  ])('takes HTTP %i for %s, and sends nothing again', async (status, applied) => {
    const { outcome, reply } = await outcomeOf(
      answering(status, { message: 'Said', errors: [{ message: 'more' }] }, { location: '/elsewhere' }),
    );
    expect([outcome.applied, reply]).toEqual([applied, null]);
    expect(outcome.detail).toContain('Said: more');
    expect(asked).toHaveLength(1);
  });

  it.each<[string, RequestListener]>([
    ['the connection breaks', (request) => void request.socket.destroy()],
    [
      'the answer breaks off',
      (_, response) => void response.writeHead(201, { 'content-length': '99' }).write('{', () => response.destroy()),
    ],
    ['the answer has another shape', answering(201, {})],
    ['no answer comes', () => undefined],
  ])('is unknown when %s', async (_, listener) => {
    expect((await outcomeOf(listener, permitted(), { timeoutMs: 200 })).outcome.applied).toBe('unknown');
    expect(asked).toHaveLength(1);
  });

  it('is no when nothing listens', async () => {
    const calls = await callsTo(answering(201, { id: 1 }));
    servers.splice(0)[0]?.close();
    const { outcome } = await calls.change(making, permitted());
    expect(outcome).toMatchObject({ applied: 'no', detail: expect.stringContaining('did not reach') });
  });

  it('sends nothing without a permit, or with one that is over when the socket is asked for', async () => {
    const refused = await outcomeOf(answering(201, { id: 1 }), permitted({ permit: async () => ({ refused: 'the kill switch is on' }) }));
    expect(refused.outcome).toMatchObject({ applied: 'no', detail: expect.stringContaining('the kill switch is on') });
    const over = await outcomeOf(answering(201, { id: 1 }), permitted({ permit: async () => ({ isValid: () => false }) }));
    expect(over.outcome).toMatchObject({ applied: 'no', detail: expect.stringContaining('too much time went by') });
    expect(asked).toEqual([]);
  });

  it('asks whether its permit is valid as the last thing before it is sent', async () => {
    const order: string[] = [];
    const tracing: typeof fetch = (input, init) => {
      order.push('sent');
      return fetch(input, init);
    };
    const settings = { url: 'http://127.0.0.1:1', token: new Secret('t'), timeoutMs: 2_000, maxBytes: 10_000 };
    const permit = async () => {
      order.push('asked');
      const isValid = () => {
        order.push('valid');
        queueMicrotask(() => order.push('a later turn'));
        return true;
      };
      return { isValid };
    };
    await createGithubCalls(settings, { fetch: tracing }).change(making, permitted({ permit }));
    expect(order.slice(0, 3)).toEqual(['asked', 'valid', 'sent']);
  });
});

it('turns a read that failed into an outcome, and lets everything else pass', async () => {
  const calls = await callsTo(answering(500, {}));
  const asking = async () => {
    await calls.read(reading, signal);
    return { applied: 'yes' as const, detail: '' };
  };
  expect(await orUnread(signal, 'unknown', asking)).toMatchObject({
    applied: 'unknown',
    detail: expect.stringContaining('could not be read'),
  });
  await expect(orUnread(signal, 'no', () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
});
