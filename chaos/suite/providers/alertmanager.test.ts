import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { fakeStage } from '../testing/fake-stage.ts';
import { alertmanager } from './alertmanager.ts';
import type { Scope } from './provider.ts';

interface Posted {
  labels: Record<string, string>;
  startsAt: string;
  endsAt?: string;
}

describe('alertmanager.post', () => {
  let posted: Posted[];
  let scope: Scope;
  beforeEach(async () => {
    posted = [];
    const server = createServer((request, response) => {
      void json(request).then((alerts) => {
        posted.push(...(alerts as Posted[]));
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { stage } = fakeStage(['agent']);
    const [cluster] = stage.clusters;
    if (!cluster) throw new Error('no cluster');
    const over = new AbortController();
    onTestFinished(() => over.abort());
    const alertmanagerUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    scope = { stage: { ...stage, alertmanagerUrl }, cluster, signal: over.signal, random: () => 0 };
  });

  const post = (given: object) => {
    const { arguments: schema, run } = alertmanager.actions.post ?? {};
    if (!schema || !run) throw new Error('no post');
    return run(schema.parse(given), scope);
  };

  it('posts an alert about a service of the cluster, and resolves it when it is taken back', async () => {
    const takeBack = await post({ alert: 'HighLatency', service: 'cart', seconds: 300, labels: { team: 'shop' } });
    await expect.poll(() => posted.length).toBe(1);
    expect(posted[0]?.labels).toEqual({
      alertname: 'HighLatency',
      severity: 'critical',
      ecs_cluster: 'agent',
      ecs_service: 'cart',
      team: 'shop',
    });
    expect(posted[0]?.endsAt).toBeUndefined();
    await takeBack?.();
    expect(posted.at(-1)).toMatchObject({ startsAt: posted[0]?.startsAt, endsAt: expect.any(String) });
    await takeBack?.();
    expect(posted.filter(({ endsAt }) => endsAt !== undefined)).toHaveLength(1);
  });

  it('flaps: each time it fires it is another firing, resolved before the next', async () => {
    // A second of this stage is two milliseconds, one post is a firing.
    await post({ alert: 'HighLatency', service: 'cart', seconds: 300, flaps: { on: 1, off: 100 } });
    const starts = new Set(posted.map(({ startsAt }) => startsAt));
    expect(starts.size).toBeGreaterThan(1);
    expect(posted.filter(({ endsAt }) => endsAt !== undefined)).toHaveLength(starts.size);
  });
});
