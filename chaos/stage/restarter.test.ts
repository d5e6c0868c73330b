import type { ECSClient } from '@aws-sdk/client-ecs';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { reservePort } from './reserved-port.ts';
import { type Restarter, startRestarter } from './restarter.ts';

describe('startRestarter', () => {
  let port: number;
  let calls: unknown[];
  let isRefused: boolean;
  let restarter: Restarter;
  beforeEach(async () => {
    calls = [];
    isRefused = false;
    const send = async ({ input }: { input: unknown }) => {
      if (isRefused) throw new Error('ThrottlingException');
      calls.push(input);
    };
    const reserved = await reservePort();
    port = reserved.port;
    await reserved.release();
    restarter = await startRestarter({ ecs: { send } as unknown as ECSClient, cluster: 'shop-second', port });
    onTestFinished(restarter.stop);
    restarter.arm();
  });

  function notify(alert: object): Promise<number> {
    const labels = { alertname: 'HighErrorRatio', ecs_cluster: 'shop-second', ecs_service: 'cart' };
    const firing = { status: 'firing', labels, startsAt: '2026-01-01T00:00:00Z', fingerprint: 'f', ...alert };
    const body = JSON.stringify({ alerts: [firing] });
    return fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body }).then(({ status }) => status);
  }

  it('forces a new deployment of the service an alert names, once for each time it fires', async () => {
    expect(await notify({})).toBe(200);
    await notify({});
    expect(calls).toEqual([{ cluster: 'shop-second', service: 'cart', forceNewDeployment: true }]);
    await notify({ startsAt: '2026-01-01T00:05:00Z' });
    expect(calls).toHaveLength(2);
  });

  it('leaves alone what is resolved, and other clusters', async () => {
    await notify({ status: 'resolved' });
    await notify({ labels: { ecs_cluster: 'shop', ecs_service: 'cart' } });
    await notify({ labels: { ecs_cluster: 'shop-second' } });
    expect(calls).toEqual([]);
  });

  it('does nothing before it is armed', async () => {
    const reserved = await reservePort();
    await reserved.release();
    const early = await startRestarter({ ecs: {} as ECSClient, cluster: 'shop-second', port: reserved.port });
    onTestFinished(early.stop);
    port = reserved.port;
    expect(await notify({})).toBe(200);
  });

  it('answers 500 when it could not, so that it is told again', async () => {
    isRefused = true;
    expect(await notify({})).toBe(500);
    expect(await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'no JSON' }).then(({ status }) => status)).toBe(500);
  });
});
