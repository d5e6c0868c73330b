import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ECSClient, type ECSClientConfig, ECSServiceException, StopTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LeaseLostError } from '../../domain/errors.ts';
import { permitted } from '../../testing/hold.ts';
import { readOnce, sendForReply, sendOnce } from './call.ts';

let answer: (response: ServerResponse) => void;
let requests: number;
let url: string;
let close: () => Promise<void>;

beforeEach(async () => {
  requests = 0;
  answer = reply(200, {});
  const server = createServer((request, response) => {
    requests += 1;
    request.resume().once('end', () => answer(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(() => close());

const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
const client = (over: ECSClientConfig = {}) => new ECSClient({ endpoint: url, region: 'eu-west-1', credentials, maxAttempts: 1, ...over });
const context = { effect: permitted(), timeoutMs: 1000 };
const update = () => new UpdateServiceCommand({ service: 'checkout' });

function reply(status: number, body: object | string) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}
const reset = (response: ServerResponse) => response.socket?.resetAndDestroy();
const silence = () => undefined;

describe('a change', () => {
  it.each([
    ['a clean refusal', reply(400, { __type: 'InvalidParameterException' }), 'no'],
    ['throttling', reply(400, { __type: 'ThrottlingException' }), 'no'],
    ['too many requests', reply(429, { __type: 'ThrottlingException' }), 'no'],
    ['a request timeout of a proxy', reply(408, {}), 'unknown'],
    ['a server fault', reply(500, { __type: 'ServerException' }), 'unknown'],
    ['a gateway that gave up', reply(504, 'gateway timeout'), 'unknown'],
    ['a reset connection', reset, 'unknown'],
    ['an answer that is not JSON', reply(200, '<html>'), 'unknown'],
    ['a yes', reply(200, {}), 'yes'],
  ])('is judged by %s, and sent exactly once', async (_name, how, applied) => {
    answer = how;
    expect(await sendOnce(client(), update(), context)).toMatchObject({ applied, detail: expect.stringContaining('UpdateService') });
    expect(requests).toBe(1);
  });

  it('is unknown when no answer comes in time', async () => {
    answer = silence;
    const command = new StopTaskCommand({ task: 'one' });
    expect((await sendOnce(client(), command, { ...context, timeoutMs: 100 })).applied).toBe('unknown');
    expect(requests).toBe(1);
  });

  it('is certainly not made when nothing listens', async () => {
    const nobody = client({ endpoint: 'http://127.0.0.1:9' });
    expect((await sendOnce(nobody, update(), context)).applied).toBe('no');
  });

  it('is certainly not made without credentials', async () => {
    const nobody = client({ credentials: () => Promise.reject(new Error('none')) });
    expect((await sendOnce(nobody, update(), context)).applied).toBe('no');
    expect(requests).toBe(0);
  });

  it('is refused by a client that would send it again', async () => {
    answer = reply(500, {});
    await expect(sendOnce(client({ maxAttempts: 2 }), update(), context)).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' });
    expect(requests).toBe(0);
  });

  it('is not sent without a permit, nor by a run that has lost its incident', async () => {
    const refused = permitted({ permit: async () => ({ refused: 'the kill switch is on' }) });
    expect(await sendOnce(client(), update(), { ...context, effect: refused })).toEqual({
      applied: 'no',
      detail: 'UpdateService was not sent: the kill switch is on',
    });
    const overtaken = permitted({ permit: () => Promise.reject(new LeaseLostError('incident-1')) });
    await expect(sendOnce(client(), update(), { ...context, effect: overtaken })).rejects.toThrow(LeaseLostError);
    expect(requests).toBe(0);
  });

  it('is not sent when its permit ends while credentials are fetched', async () => {
    let isValid = true;
    const slow = client({
      credentials: async () => {
        isValid = false;
        return credentials;
      },
    });
    const effect = permitted({ permit: async () => ({ isValid: () => isValid }) });
    expect(await sendOnce(slow, update(), { ...context, effect })).toMatchObject({
      applied: 'no',
      detail: expect.stringContaining('not sent'),
    });
    expect(requests).toBe(0);
  });

  it('asks whether its permit is valid with nothing in between before it goes to the socket', async () => {
    const order: string[] = [];
    const watched = client();
    const handle = watched.config.requestHandler.handle.bind(watched.config.requestHandler);
    watched.config.requestHandler.handle = (...given) => {
      order.push('handler');
      return handle(...given);
    };
    const isValid = () => {
      void Promise.resolve().then(() => order.push('a promise later'));
      order.push('asked');
      return true;
    };
    await sendOnce(watched, update(), { ...context, effect: permitted({ permit: async () => ({ isValid }) }) });
    expect(order).toEqual(['asked', 'handler', 'a promise later']);
  });
});

describe('a change whose answer is needed', () => {
  const Reply = z.object({ service: z.object({ serviceName: z.string() }) });

  it('hands the answer over', async () => {
    answer = reply(200, { service: { serviceName: 'checkout' } });
    const { outcome, reply: read } = await sendForReply(client(), update(), Reply, context);
    expect(outcome.applied).toBe('yes');
    expect(read).toEqual({ service: { serviceName: 'checkout' } });
  });

  it.each([
    ['unknown', 'has an unknown shape', reply(200, { service: {} })],
    ['unknown', 'is lost', reset],
    ['no', 'is a refusal', reply(400, { __type: 'ClientException' })],
  ])('is %s, with nothing to go on with, when the answer %s', async (applied, _when, how) => {
    answer = how;
    expect(await sendForReply(client(), update(), Reply, context)).toMatchObject({ outcome: { applied }, reply: null });
  });
});

describe('a read', () => {
  const answered = (name: string, httpStatusCode: number) =>
    new ECSServiceException({ name, $fault: httpStatusCode < 500 ? 'client' : 'server', message: 'm', $metadata: { httpStatusCode } });
  const read = { signal: new AbortController().signal, timeoutMs: 1000 };

  it.each([
    ['auth', answered('AccessDeniedException', 400)],
    ['rate-limit', answered('ThrottlingException', 400)],
    ['client', answered('ClusterNotFoundException', 400)],
    ['server', answered('ServerException', 500)],
    ['server', Object.assign(new Error('socket'), { code: 'ECONNRESET' })],
  ])('fails for the reason %s', async (reason, error) => {
    await expect(readOnce('ecs:DescribeServices', z.object({}), read, () => Promise.reject(error))).rejects.toMatchObject({
      system: 'ecs',
      reason,
    });
  });

  it('fails when the answer is not what the service documents', async () => {
    const strange = readOnce('ecs:DescribeServices', z.object({ services: z.array(z.object({})) }), read, async () => ({ services: 7 }));
    await expect(strange).rejects.toMatchObject({ reason: 'server', message: expect.stringContaining('unknown shape at services') });
  });

  it('fails in time when no answer comes, and ends with its caller', async () => {
    const never = (options: { abortSignal: AbortSignal }) =>
      new Promise((_, reject) => options.abortSignal.addEventListener('abort', () => reject(new Error('stopped'))));
    await expect(readOnce('ecs:ListTasks', z.object({}), { ...read, timeoutMs: 20 }, never)).rejects.toMatchObject({ reason: 'timeout' });
    const stopped = { ...read, signal: AbortSignal.abort(new Error('the run is draining')) };
    await expect(readOnce('ecs:ListTasks', z.object({}), stopped, never)).rejects.toThrow('the run is draining');
  });

  it('names the permission that is missing', async () => {
    const denied = readOnce('ecs:DescribeServices', z.object({}), read, () => Promise.reject(answered('AccessDeniedException', 400)));
    await expect(denied).rejects.toMatchObject({ hint: 'allow ecs:DescribeServices' });
  });
});
