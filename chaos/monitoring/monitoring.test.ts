import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAlertmanager } from './alertmanager.ts';
import type { ListeningProgram } from './child.ts';
import { findPrograms, type Programs } from './programs.ts';
import { startPrometheus } from './prometheus.ts';
import { type RenderedMonitoring, renderMonitoring } from './render.ts';
import { run } from './run.ts';

const pace = 30;
const dashboardsDir = join(import.meta.dirname, '..', '..', 'dashboards');

interface Received {
  path: string | undefined;
  authorization: string | undefined;
  body: { status: string; commonLabels: Record<string, string> };
}

describe('Prometheus and Alertmanager with the production configuration, shortened', () => {
  let programs: Programs | undefined;
  let why = '';
  let folder: string;
  let rendered: RenderedMonitoring;
  let shop: Server;
  let agent: Server;
  const received: Received[] = [];
  const running: ListeningProgram[] = [];
  const served = { ok: 0, failed: 0 };

  async function listen(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  beforeAll(async () => {
    programs = await findPrograms().catch((error: Error) => {
      why = `NOT TESTED HERE: ${error.message}`;
      return undefined;
    });
    folder = await mkdtemp(join(tmpdir(), 'kintsugi-monitoring-'));
    agent = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        received.push({ path: request.url, authorization: request.headers.authorization, body: JSON.parse(body) });
        response.writeHead(202).end();
      });
    });
    // Every scrape finds five requests more, one in five failed while `failed` grows.
    shop = createServer((_, response) => {
      served.ok += 4;
      served.failed += 1;
      response.end(
        `http_requests_total{method="GET",route="/",code="200"} ${served.ok}\nhttp_requests_total{method="GET",route="/",code="500"} ${served.failed}\n`,
      );
    });
    const webhookUrl = `http://${await listen(agent)}/webhooks/alertmanager`;
    rendered = await renderMonitoring({ dashboardsDir, outDir: folder, pace, webhookUrl, webhookToken: 'token-of-the-test' });
  }, 180_000);

  afterEach(async () => {
    for (const program of running.splice(0).toReversed()) await program.stop();
    for (const server of [shop, agent]) server.closeAllConnections();
  });

  afterAll(async () => {
    for (const server of [shop, agent]) await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  it('passes the checks of promtool and amtool', async ({ skip }) => {
    if (!programs) return skip(why);
    const { prometheusDir, alertmanagerDir } = rendered;
    await rendered.setAlertmanager('127.0.0.1:9');
    const checks = [
      await run(programs.promtool, ['check', 'config', join(prometheusDir, 'prometheus.yml')]),
      await run(programs.amtool, ['check-config', join(alertmanagerDir, 'alertmanager.yml')]),
    ];
    expect(checks.map(({ code, stdout, stderr }) => (code === 0 ? 'ok' : stdout + stderr))).toEqual(['ok', 'ok']);
    expect(await readdir(join(prometheusDir, 'rules'))).toEqual(await readdir(join(dashboardsDir, 'prometheus', 'rules')));
    const durations = (await readFile(join(prometheusDir, 'rules', 'services.yml'), 'utf8')).match(/\[[^\]]+\]|for: \S+/g);
    expect(new Set(durations)).toEqual(new Set(['[10s]', '[720s]', 'for: 4s']));
  });

  it('keeps the token to its owner', async () => {
    expect((await stat(join(rendered.alertmanagerDir, 'kintsugi-webhook-token'))).mode & 0o777).toBe(0o600);
  });

  it('carries an alert of the watched cluster to the webhook, with its token, and no alert of the other', async ({ skip }) => {
    if (!programs) return skip(why);
    const alertmanager = await startAlertmanager({ programs, configDir: rendered.alertmanagerDir, dataDir: join(folder, 'am-data') });
    running.push(alertmanager);
    await rendered.setAlertmanager(alertmanager.address);
    const address = await listen(shop);
    const target = (cluster: string) => ({
      targets: [address],
      labels: { ecs_cluster: cluster, ecs_service: 'checkout', ecs_task: `${cluster}1` },
    });
    await writeFile(join(rendered.ecsTargetsDir, 'tasks.json'), JSON.stringify([target('shop'), target('shop-control')]));
    const prometheus = await startPrometheus({ programs, configDir: rendered.prometheusDir, dataDir: join(folder, 'data'), pace });
    running.push(prometheus);

    const alertsOf = async () => {
      const answer = (await (await fetch(`${prometheus.url}/api/v1/alerts`)).json()) as {
        data: { alerts: { state: string; labels: Record<string, string> }[] };
      };
      return answer.data.alerts.filter(({ labels, state }) => labels.alertname === 'HighErrorRatio' && state === 'firing');
    };
    await expect.poll(alertsOf, { timeout: 40_000, interval: 500 }).toHaveLength(2);
    await expect.poll(() => received.length, { timeout: 20_000, interval: 250 }).toBeGreaterThan(0);
    expect(received[0]).toMatchObject({
      path: '/webhooks/alertmanager',
      authorization: 'Bearer token-of-the-test',
      body: { status: 'firing', commonLabels: { alertname: 'HighErrorRatio', ecs_cluster: 'shop', ecs_service: 'checkout' } },
    });
    expect(received.filter(({ body }) => body.commonLabels.ecs_cluster !== 'shop')).toEqual([]);
  }, 90_000);

  it('says what Prometheus found wrong with its configuration', async ({ skip }) => {
    if (!programs) return skip(why);
    const configDir = await mkdtemp(join(folder, 'bad-'));
    await writeFile(join(configDir, 'prometheus.yml'), 'global: {scrape_intervall: 1s}');
    await expect(startPrometheus({ programs, configDir, dataDir: join(configDir, 'data'), pace })).rejects.toThrow(/scrape_intervall/);
  });
});
