import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Friends, startFriends } from './friends.ts';

describe('startFriends', () => {
  let friends: Friends;
  let carriedOut: string[];
  beforeEach(async () => {
    carriedOut = [];
    const server = createServer((request, response) => {
      carriedOut.push(String(request.headers['x-amz-target'] ?? request.url));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"said":"yes"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    friends = await startFriends({ prometheus: url, alertmanager: url, aws: url });
    onTestFinished(friends.stop);
  });

  async function call(operation: string): Promise<number> {
    const headers = { 'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}` };
    const url = friends.settings.AWS_ENDPOINT_URL_ECS ?? '';
    const { status } = await fetch(url, { method: 'POST', headers, body: '{}', signal: AbortSignal.timeout(300) });
    return status;
  }

  it('pass everything on as long as nothing is ordered', async () => {
    const answer = await fetch(`${friends.settings.KINTSUGI_EVIDENCE_PROMETHEUS_URL}/api/v1/query?query=up`);
    expect(await answer.json()).toEqual({ said: 'yes' });
    expect(await call('DescribeServices')).toBe(200);
    expect(carriedOut).toEqual(['/api/v1/query?query=up', 'AmazonEC2ContainerServiceV20141113.DescribeServices']);
  });

  it('spoil only the operations they are told, until they are told that all is well', async () => {
    await friends.spoil('ecs', { how: '503', operations: ['UpdateService'] });
    expect([await call('UpdateService'), await call('DescribeServices')]).toEqual([503, 200]);
    await friends.spoil('ecs', undefined);
    expect(await call('UpdateService')).toBe(200);
  });

  it('tell when a call has arrived, also one that is never answered; carried out before or not at all', async () => {
    for (const afterEffect of [false, true]) {
      await friends.spoil('ecs', { how: 'silent', operations: ['StopTask'], afterEffect });
      const arrived = friends.arrival('ecs', ['StopTask'], AbortSignal.timeout(5_000));
      await expect(call('StopTask')).rejects.toThrow();
      await arrived;
      expect(carriedOut.length).toBe(afterEffect ? 1 : 0);
    }
  });

  it('have nobody behind the models', async () => {
    const url = friends.settings.KINTSUGI_LLM_PROVIDER_COMPATIBLE_URL ?? '';
    await expect(fetch(`${url}/chat/completions`, { method: 'POST', body: '{}' })).rejects.toThrow();
  });
});
