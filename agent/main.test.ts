import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorCodes } from './domain/errors.ts';
import { type AgentProcess, notificationOf, spawnAgent, startAgentProcess, tokens } from './testing/agent-process.ts';
import { startUpstreams, type Upstreams } from './testing/upstreams.ts';

let folder: string;
let upstreams: Upstreams;
let agent: AgentProcess;

function environment(name: string): Record<string, string> {
  return {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: upstreams.url,
    KINTSUGI_CLUSTERS: 'shop',
    KINTSUGI_SERVER_PORT: '0',
    KINTSUGI_WEBHOOK_TOKEN: tokens.webhook,
    KINTSUGI_WEBHOOK_MAX_BODY_BYTES: '50000',
    KINTSUGI_API_TOKEN: tokens.api,
    KINTSUGI_AUDIT_KEY: tokens.audit,
    KINTSUGI_STORE_PATH: join(folder, `${name}.db`),
    KINTSUGI_EVIDENCE_PROMETHEUS_URL: upstreams.url,
    KINTSUGI_RUN_LOOK_AGAIN_SECONDS: '0.05',
    KINTSUGI_FLAGS_ROLL_BACK_DEPLOYMENT: 'true',
    KINTSUGI_FLAGS_FORCE_NEW_DEPLOYMENT: 'true',
    KINTSUGI_POLICY_AUTONOMY_DEFAULT: 'auto',
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-main-'));
  upstreams = await startUpstreams();
  agent = await startAgentProcess(environment('main'));
});
afterAll(async () => {
  await agent.stop();
  await upstreams.close();
  await rm(folder, { recursive: true, force: true });
});

async function closed(id: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { body } = await agent.get(`/api/incidents/${id}`);
    if ((body.incident as { status: string }).status === 'closed') return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Newest first, once there are more than so many. */
async function alertsAfter(count: number): Promise<{ incidentId: string | null }[]> {
  for (;;) {
    const { body } = await agent.get('/api/alerts?limit=1000');
    const alerts = body.alerts as { incidentId: string | null }[];
    if (alerts.length > count) return alerts;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the running agent', () => {
  it('says that it lives and is ready', async () => {
    expect(await agent.get('/healthz', '')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await agent.get('/readyz', '')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('shows its metrics, each of which is documented', async () => {
    const { status, text: page } = await agent.get('/metrics', '');
    expect(status).toBe(200);
    const own = [...page.matchAll(/^# TYPE (kintsugi_\w+) (\w+)/gm)].map(([, name, kind]) => `| \`${name}\` | ${kind} |`);
    expect(own.length).toBeGreaterThanOrEqual(8);
    const documented = readFileSync('docs/metrics.md', 'utf8');
    expect(own.filter((row) => !documented.includes(row))).toEqual([]);
    expect(
      [...documented.matchAll(/^\| `(kintsugi_\w+)`/gm)].map(([, name]) => name).filter((name) => !page.includes(`# TYPE ${name} `)),
    ).toEqual([]);
  });

  it.each([
    ['a wrong token', () => agent.post(notificationOf('checkout'), 'x'.repeat(32)), 401, 'WEBHOOK_UNAUTHORIZED'],
    ['a body that is not JSON', () => agent.post('{"version":'), 400, 'WEBHOOK_MALFORMED'],
    ['a body that is no notification', () => agent.post({ hello: 'world' }), 400, 'WEBHOOK_INVALID'],
    ['a body that is too large', () => agent.post('x'.repeat(60_000)), 413, 'WEBHOOK_TOO_LARGE'],
    ['the API without its token', () => agent.get('/api/incidents', ''), 401, 'API_UNAUTHORIZED'],
    ['the API with the token of the webhook', () => agent.get('/api/incidents', tokens.webhook), 401, 'API_UNAUTHORIZED'],
    ['an unknown incident', () => agent.get('/api/incidents/nobody'), 404, 'NOT_FOUND'],
    ['a bad query', () => agent.get('/api/incidents?limit=many'), 400, 'API_INVALID'],
    ['an unknown path', () => agent.get('/nothing/here'), 404, 'NOT_FOUND'],
    ['a path that is no text', () => agent.get('/api/incidents/%zz'), 400, 'API_INVALID'],
  ] as const)('answers %s with a problem', async (_, ask, status, code) => {
    const answer = await ask();
    expect(answer).toMatchObject({ status, type: expect.stringContaining('application/problem+json') });
    expect(answer.body).toMatchObject({ status, code, title: errorCodes[code], detail: expect.any(String) });
  });

  it('records what it refused, and starts nothing for it', async () => {
    const { body } = await agent.get('/api/audit?limit=1000');
    const events = (body.entries as { event: string }[]).map((entry) => entry.event);
    expect(events.filter((event) => event === 'webhook-refused').length).toBeGreaterThanOrEqual(4);
    expect((await agent.get('/api/incidents')).body).toEqual({ incidents: [] });
  });

  it('declines an alert about a service it does not know, and changes nothing', async () => {
    const answer = await agent.post(notificationOf('nobody'));
    expect(answer).toMatchObject({ status: 202, body: { accepted: 1, notification: 1 } });
    expect(await alertsAfter(0)).toMatchObject([{ disposition: 'declined', reason: expect.stringContaining('"nobody"') }]);
    expect(upstreams.changes()).toEqual([]);
  });

  it.each([
    ['prometheus', 'Prometheus does not answer'],
    ['aws', 'AWS does not answer'],
    [null, 'the metrics say nothing'],
  ] as const)('hands an incident over when %s is down: %s', async (system, _) => {
    if (system) upstreams.down[system] = true;
    const before = (await alertsAfter(-1)).length;
    expect((await agent.post(notificationOf('checkout'))).status).toBe(202);
    const id = (await alertsAfter(before))[0]?.incidentId;
    const { incident, alerts, timeline } = await closed(id ?? '');
    upstreams.down.prometheus = upstreams.down.aws = false;
    expect(incident).toMatchObject({ outcome: 'escalated', outcomeReason: expect.stringContaining('Not enough to judge from') });
    expect(alerts).toMatchObject([{ disposition: 'opened', incidentId: id }]);
    const events = (timeline as { event: string }[]).map((entry) => entry.event);
    expect(events).toEqual(expect.arrayContaining(['evidence-collected', 'diagnosis', 'audited', 'verdict', 'escalated']));
    expect(upstreams.changes()).toEqual([]);
  });

  it('logs no secret', () => {
    expect(agent.lines.join('\n')).not.toContain(tokens.webhook);
    expect(agent.lines.join('\n')).not.toContain(tokens.api);
  });
});

describe('starting and stopping', () => {
  it('refuses wrong settings with code 2 and names every fault', async () => {
    const child = spawnAgent({ KINTSUGI_SERVER_PORT: 'eighty', KINTSUGI_API_TOKEN: 'short', KINTSUGI_TYPO: 'x' });
    const [said, [code]] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'exit')]);
    expect(code).toBe(2);
    const names = ['KINTSUGI_SERVER_PORT="eighty"', 'KINTSUGI_API_TOKEN', 'KINTSUGI_TYPO', 'KINTSUGI_CLUSTERS', 'KINTSUGI_WEBHOOK_TOKEN'];
    for (const name of names) expect(said).toContain(name);
    expect(said).not.toContain('short\n');
    expect(said).not.toContain('    at ');
  });

  it.each([
    ['a port that is taken', () => ({ KINTSUGI_SERVER_PORT: new URL(agent.url).port }), 'another process listens'],
    ['no region', () => ({ AWS_REGION: '', AWS_CONFIG_FILE: '/dev/null' }), 'AWS_REGION is not set'],
  ])('refuses %s with code 2 and says what to do', async (_, change, words) => {
    const child = spawnAgent({ ...environment('refused'), ...change() });
    const [said, [code]] = await Promise.all([child.stderr ? text(child.stderr) : '', once(child, 'exit')]);
    expect(said).toContain(words);
    expect(said).not.toContain('    at ');
    expect(code).toBe(2);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with code 0 on %s, also while an incident is looked into', async (signal) => {
    const short = await startAgentProcess({
      ...environment(signal),
      KINTSUGI_RUN_LOOK_AGAIN_SECONDS: '60',
      KINTSUGI_SERVER_DRAIN_SECONDS: '0.2',
    });
    expect((await short.post(notificationOf('checkout'))).status).toBe(202);
    while (!(await short.get('/api/audit')).text.includes('verdict')) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await short.stop(signal)).toBe(0);
    expect(short.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it('drains under load within its time: every webhook is answered 202 or 503, and none that was acknowledged is lost', async () => {
    const settings = { ...environment('drain'), KINTSUGI_RUN_LOOK_AGAIN_SECONDS: '60', KINTSUGI_SERVER_DRAIN_SECONDS: '5' };
    const loaded = await startAgentProcess(settings);
    const answers: number[] = [];
    const acknowledged: string[] = [];
    let isOver = false;
    const sender = async (lane: number) => {
      for (let number = 0; !isOver; number += 1) {
        // A cluster nobody knows is declined, and kept as a row all the same.
        const fingerprint = `${lane}-${number}`;
        const notification = notificationOf('nobody') as { alerts: object[] };
        const body = { ...notification, groupKey: fingerprint, alerts: notification.alerts.map((alert) => ({ ...alert, fingerprint })) };
        // A connection that is refused reached nobody: Alertmanager tries again, at the next process.
        const answer = await loaded.post(body).catch(() => null);
        if (answer === null) return;
        answers.push(answer.status);
        if (answer.status === 202) acknowledged.push(fingerprint);
      }
    };
    const senders = Array.from({ length: 8 }, (_, lane) => sender(lane));
    expect((await loaded.post(notificationOf('checkout'))).status).toBe(202);
    while (answers.length < 200) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await loaded.stop('SIGTERM')).toBe(0);
    isOver = true;
    await Promise.all(senders);
    expect(answers.filter((status) => status !== 202 && status !== 503)).toEqual([]);
    expect(loaded.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);

    const next = await startAgentProcess(settings);
    const rows = async () => {
      const raw = new Database(join(folder, 'drain.db'), { readonly: true });
      const found = raw.prepare<[], { fingerprint: string }>('select fingerprint from alert').all();
      raw.close();
      return new Set(found.map((row) => row.fingerprint));
    };
    const missing = async () => {
      const there = await rows();
      return acknowledged.filter((fingerprint) => !there.has(fingerprint));
    };
    for (let tries = 0; tries < 200 && (await missing()).length > 0; tries += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await missing()).toEqual([]);
    await next.stop();
  });

  it('keeps its file from others', async () => {
    expect((await readFile(join(folder, 'main.db'))).subarray(0, 15).toString()).toBe('SQLite format 3');
  });
});
