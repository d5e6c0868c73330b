/** The product itself: that the settings reach the reconciler, and that a missing one is not passed over in silence. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgentProcess, tokens } from '../../testing/agent-process.ts';
import { createShownAlerts } from '../../testing/shown-alerts.ts';
import { startUpstreams, type Upstreams } from '../../testing/upstreams.ts';

const alertmanager = createShownAlerts();
let upstreams: Upstreams;
let server: Server;
let folder: string;
beforeAll(async () => {
  upstreams = await startUpstreams();
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-looks-'));
  server = createServer(async (request, response) => response.end(await (await alertmanager.fetch(request.url ?? '')).text()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await upstreams.close();
  await rm(folder, { recursive: true, force: true });
});

const environment = (name: string, more: Record<string, string> = {}) => ({
  AWS_ENDPOINT_URL: upstreams.url,
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  KINTSUGI_CLUSTERS: 'shop',
  KINTSUGI_SERVER_PORT: '0',
  KINTSUGI_WEBHOOK_TOKEN: tokens.webhook,
  KINTSUGI_API_TOKEN: tokens.api,
  KINTSUGI_AUDIT_KEY: tokens.audit,
  KINTSUGI_STORE_PATH: join(folder, `${name}.db`),
  KINTSUGI_EVIDENCE_PROMETHEUS_URL: upstreams.url,
  ...more,
});

describe('the agent', () => {
  it('finds what fires at the Alertmanager it was told of, and stops in the middle of it', async () => {
    alertmanager.fire({ alertname: 'HighErrorRatio', ecs_cluster: 'shop', ecs_service: 'checkout' }, new Date());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const settings = { KINTSUGI_RECONCILER_ALERTMANAGER_URL: url, KINTSUGI_RECONCILER_SETTLE_SECONDS: '0.2' };
    const agent = await startAgentProcess(environment('looking', { ...settings, KINTSUGI_RECONCILER_PERIOD_SECONDS: '0.3' }));
    let alerts: { reason: string }[] = [];
    while (alerts.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      alerts = (await agent.get('/api/alerts')).body.alerts as { reason: string }[];
    }
    expect(alerts).toMatchObject([{ disposition: 'opened', reason: expect.stringContaining('found by looking at Alertmanager') }]);
    const { text } = await agent.get('/metrics', '');
    expect(text).toContain('kintsugi_look_alerts_total{source="alertmanager"} 1');
    expect(text).toMatch(/kintsugi_last_look_timestamp_seconds\{source="prometheus"\} \d+/);
    expect(await agent.stop()).toBe(0);
  });

  it('says once and loudly that it was told of none, and shows no look', async () => {
    const agent = await startAgentProcess(environment('blind'));
    const warnings = agent.lines.filter((line) => line.includes('NO LOOKS AT ALERTMANAGER'));
    expect(warnings).toHaveLength(1);
    expect(JSON.parse(warnings[0] ?? '')).toMatchObject({ hint: expect.stringContaining('KINTSUGI_RECONCILER_ALERTMANAGER_URL') });
    expect((await agent.get('/metrics', '')).text).not.toMatch(/^kintsugi_last_look_timestamp_seconds\{/m);
    await agent.stop();
  });
});
