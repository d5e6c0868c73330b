/** The reconciler against a true Alertmanager and a true Prometheus: what their API says, and what a webhook loses, is theirs to say. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prometheus } from '../evidence/prometheus/index.ts';
import { createLookStore } from '../storage/look-store.ts';
import { systemClock } from '../system-clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { inventoryOf, startWebhook, type WebhookServer, webhookToken } from '../testing/webhook-server.ts';
import { createReconciler, type Reconciler } from './reconciler/index.ts';

const alertmanagerProgram = find(['alertmanager', 'prometheus-alertmanager'], process.env.KINTSUGI_ALERTMANAGER);
const prometheusProgram = find(['prometheus'], process.env.KINTSUGI_PROMETHEUS);
const missing = alertmanagerProgram === undefined || prometheusProgram === undefined;
if (missing) {
  process.stderr.write(
    '\n*** NOT TESTED against a real Alertmanager and Prometheus: not both on PATH, and KINTSUGI_ALERTMANAGER and KINTSUGI_PROMETHEUS name none ***\n\n',
  );
}

const services = Array.from({ length: 10 }, (_, n) => `svc-${n}`);
/** Production's durations, shortened: the tests wait in real time. */
const periodMs = 2_000;
const settleMs = 1_500;
const marginMs = 3_000;

describe.skipIf(missing)('the reconciler beside real programs', () => {
  let folder: string;
  let programs: ChildProcess[];
  let agent: WebhookServer;
  let reconciler: Reconciler | undefined;
  /** Stands between Alertmanager and the agent, as a proxy would. */
  let front: Server;
  let asFront: RequestListener;
  let alertmanagerUrl: string;
  let prometheusUrl: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kintsugi-reconciler-'));
    programs = [];
    agent = await startWebhook({ inventory: inventoryOf({ shop: services }), clock: systemClock, wasCut: () => reconciler?.lookSoon() });
    front = createServer((request, response) => asFront(request, response));
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    [alertmanagerUrl, prometheusUrl] = await Promise.all([freeUrl(), freeUrl()]);
  });
  afterEach(async () => {
    await reconciler?.stop();
    reconciler = undefined;
    await Promise.all(programs.map(end));
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
    await agent.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startAlertmanager({ maxAlerts = 0, groupBy = 'alertname' } = {}): Promise<void> {
    const { port } = front.address() as AddressInfo;
    const receiver = [
      '  - name: kintsugi',
      '    webhook_configs:',
      `      - url: http://127.0.0.1:${port}/webhooks/alertmanager`,
      `        max_alerts: ${maxAlerts}`,
      `        http_config: { authorization: { credentials: ${webhookToken} } }`,
    ];
    const route = `route: { receiver: kintsugi, group_by: [${groupBy}], group_wait: 500ms, group_interval: 5m, repeat_interval: 4h }`;
    writeFileSync(join(folder, 'alertmanager.yml'), [route, 'receivers:', ...receiver].join('\n'));
    await start(alertmanagerProgram, `${alertmanagerUrl}/-/ready`, {
      'config.file': join(folder, 'alertmanager.yml'),
      'storage.path': join(folder, 'alertmanager'),
      'web.listen-address': new URL(alertmanagerUrl).host,
      'cluster.listen-address': '',
    });
  }

  /** One rule per service that fires from the start. `sends` lets Alertmanager hear of it. */
  async function startPrometheus({ sends }: { sends: boolean }): Promise<void> {
    const rules = ['svc-0', 'svc-1'].map(
      (service) =>
        `      - { alert: HighLatency, expr: 'vector(1)', labels: { ecs_cluster: shop, ecs_service: ${service}, severity: warning } }`,
    );
    writeFileSync(join(folder, 'rules.yml'), ['groups:', '  - name: test', '    interval: 1s', '    rules:', ...rules].join('\n'));
    const targets = `alerting: { alertmanagers: [{ static_configs: [{ targets: ['${new URL(alertmanagerUrl).host}'] }] }] }`;
    const config = ['global: { evaluation_interval: 1s }', `rule_files: ['${join(folder, 'rules.yml')}']`, sends ? targets : ''];
    writeFileSync(join(folder, 'prometheus.yml'), config.join('\n'));
    mkdirSync(join(folder, 'prometheus'));
    await start(prometheusProgram, `${prometheusUrl}/-/ready`, {
      'config.file': join(folder, 'prometheus.yml'),
      'storage.tsdb.path': join(folder, 'prometheus'),
      'web.listen-address': new URL(prometheusUrl).host,
      'rules.alert.resend-delay': '1s',
    });
  }

  async function start(program: string | undefined, ready: string, flags: Record<string, string>): Promise<void> {
    const child = spawn(
      program ?? '',
      Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      { stdio: 'ignore' },
    );
    programs.push(child);
    await until(async () => (await fetch(ready).catch(() => undefined))?.ok === true);
  }

  function startLooking(): void {
    reconciler = createReconciler(
      {
        store: createLookStore(agent.store, systemClock),
        inbox: agent.notifications,
        clock: systemClock,
        logger: createLogger('silent'),
        metrics: createMetrics(async () => ({})),
        prometheus: prometheus.firing(prometheus.config.parse({ url: prometheusUrl }), { fetch, now: () => new Date() }),
        fetch,
        wake: () => agent.intake.wake(),
      },
      {
        alertmanager: { url: alertmanagerUrl, timeoutMs: 2_000, maxBytes: 1_000_000 },
        receiver: 'kintsugi',
        clusters: ['shop'],
        periodMs,
        settleMs,
        marginMs,
      },
    );
    reconciler.start();
  }

  async function fire(...names: string[]): Promise<void> {
    const alerts = names.map((ecs_service) => ({ labels: { alertname: 'HighErrorRatio', ecs_cluster: 'shop', ecs_service } }));
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${alertmanagerUrl}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(alerts) });
    expect(answer.status).toBe(200);
  }

  async function silence(name: string, value: string): Promise<void> {
    const times = { startsAt: new Date().toISOString(), endsAt: new Date(Date.now() + 3_600_000).toISOString() };
    const matchers = [{ name, value, isRegex: false, isEqual: true }];
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ matchers, ...times, createdBy: 'test', comment: 'maintenance' });
    expect((await fetch(`${alertmanagerUrl}/api/v2/silences`, { method: 'POST', headers, body })).status).toBe(200);
  }

  const open = async () => (await agent.incidents.list({ open: true })).map(({ resource }) => resource.service).toSorted();
  const reasons = async () => (await agent.incidents.alerts({})).map(({ reason }) => reason);
  /** Hands requests on to the agent. */
  const pass: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await agent.send(new Uint8Array(Buffer.concat(chunks)));
    response.writeHead(answer.status).end();
  };

  it.each<[string, RequestListener]>([
    [
      'a redirect whose target answers 200',
      (request, response) => {
        if (request.url === '/login') response.writeHead(200).end('<html>');
        else response.writeHead(302, { location: '/login' }).end();
      },
    ],
    ['a 429', (_, response) => void response.writeHead(429).end()],
    ['a 404', (_, response) => void response.writeHead(404).end()],
  ])('hears within a period of what %s swallowed', async (_, listener) => {
    let swallowed = 0;
    asFront = (request, response) => {
      swallowed += 1;
      listener(request, response);
    };
    await startAlertmanager();
    await fire('svc-1', 'svc-2');
    await until(async () => swallowed > 0);
    expect(await open()).toEqual([]);
    startLooking();
    await until(async () => (await open()).length === 2);
    for (const reason of await reasons()) expect(reason).toContain('found by looking at Alertmanager');
  });

  it('makes a group whole that max_alerts cut, with no row twice', async () => {
    asFront = pass;
    await startAlertmanager({ maxAlerts: 3 });
    startLooking();
    await fire(...services);
    await until(async () => (await open()).length === services.length);
    // Two more looks find nothing more.
    await new Promise((resolve) => setTimeout(resolve, 2 * periodMs));
    const told = await reasons();
    expect(told).toHaveLength(services.length);
    expect(told.filter((reason) => reason.includes('left 7 more alerts of this group out'))).toHaveLength(3);
    expect(told.filter((reason) => reason.includes('found by looking at Alertmanager'))).toHaveLength(7);
  });

  it('leaves alone what is silenced there, also when Prometheus shows it, and hears of the rest by Prometheus', async () => {
    asFront = (_, response) => void response.writeHead(404).end();
    await startAlertmanager();
    await silence('ecs_service', 'svc-0');
    await startPrometheus({ sends: false });
    startLooking();
    await until(async () => (await open()).length > 0);
    await new Promise((resolve) => setTimeout(resolve, 2 * periodMs));
    expect(await open()).toEqual(['svc-1']);
    const [reason] = await reasons();
    expect(reason).toContain('found by looking at Prometheus');
  });

  it('finds nothing in Prometheus that notifications told of, while Alertmanager is there and when it is gone', {
    timeout: 60_000,
  }, async () => {
    asFront = pass;
    await startAlertmanager({ groupBy: 'ecs_service' });
    await startPrometheus({ sends: true });
    await until(async () => (await open()).length === 2);
    startLooking();
    await new Promise((resolve) => setTimeout(resolve, 2 * periodMs));
    await Promise.all(programs.slice(0, 1).map(end));
    await new Promise((resolve) => setTimeout(resolve, marginMs + 3 * periodMs));
    expect((await reasons()).filter((reason) => reason.includes('found by looking'))).toEqual([]);
    expect(await open()).toEqual(['svc-0', 'svc-1']);
  });
});

function find(names: readonly string[], named: string | undefined): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = [named, ...names.flatMap((name) => folders.map((folder) => join(folder, name)))];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

async function freeUrl(): Promise<string> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** Ends with the test's own time limit when it never comes true. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 50));
}
