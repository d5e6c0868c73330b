/**
 * S7: whatever is sent to the running agent, it stays up and answers what it should: stored, or refused with a code. The judge sees the
 * process from outside, and its store after its end.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, beforeAll, expect } from 'vitest';
import { type AgentProcess, agentEnvironment, notificationOf, startAgentProcess, tokens } from './testing/agent-process.ts';
import { type CampaignRun, campaign } from './testing/campaign.ts';
import { brokenHttp, type HostileBody, hostileBody, naughtyText, oddValue } from './testing/hostile-input.ts';
import { startUpstreams, type Upstreams } from './testing/upstreams.ts';

const fixtures = join(import.meta.dirname, 'intake/alertmanager/fixtures');
const recorded = readdirSync(fixtures).map((file) => readFileSync(join(fixtures, file), 'utf8'));
// About a service there is, so that hostile texts reach incidents too.
const bodies = [...recorded, JSON.stringify(notificationOf('checkout'))];

let folder: string;
let store: string;
let upstreams: Upstreams;
let agent: AgentProcess;
const connections = new Agent({ keepAlive: true, maxSockets: 4 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-fuzz-'));
  store = join(folder, 'agent.db');
  upstreams = await startUpstreams();
  agent = await startAgentProcess({
    ...agentEnvironment(upstreams.url),
    KINTSUGI_SERVER_DRAIN_SECONDS: '0.2',
    KINTSUGI_STORE_PATH: store,
  });
});
afterAll(async () => {
  connections.destroy();
  await agent.stop();
  await upstreams.close();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  status: number;
  body: string;
}

/** A request as Node's client can write it; the server may close a connection it was about to be sent on, then it is sent once more. */
function send(method: string, path: string, headers: Record<string, string>, body?: string | Buffer, again = true): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${agent.url}/`, { method, path, headers, agent: connections }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on('error', reject);
    });
    sent.on('error', (error) => {
      if (again && sent.reusedSocket) send(method, path, headers, body, false).then(resolve, reject);
      else reject(error);
    });
    sent.end(body);
  });
}

function expectDefined({ status, body }: Answer, allowed: readonly number[]): void {
  expect(allowed, body.slice(0, 300)).toContain(status);
  const answer = JSON.parse(body) as Record<string, unknown>;
  if (status < 300) return;
  expect(answer).toMatchObject({ status, code: expect.stringMatching(/^[A-Z_]+$/), title: expect.any(String), detail: expect.any(String) });
}

async function webhook({ body, headers }: HostileBody, token = tokens.webhook): Promise<void> {
  const all = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers };
  const answer = await send('POST', '/webhooks/alertmanager', all, body);
  expectDefined(answer, token === tokens.webhook ? [202, 400, 413, 415] : [401]);
}

const segment = naughtyText.map((text) => encodeURIComponent(text.toWellFormed()).slice(0, 2000));
const query = fc.array(fc.tuple(fc.constantFrom('status', 'limit', 'incidentId', 'afterSeq', 'status[]', '__proto__', ''), segment), {
  maxLength: 4,
});
const apiCall = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'),
  path: fc.oneof(
    fc.constantFrom(
      '/api/incidents',
      '/api/alerts',
      '/api/audit',
      '/api/approvals',
      '/healthz',
      '/readyz',
      '/webhooks/alertmanager',
      '/api',
    ),
    segment.map((text) => `/api/incidents/${text}`),
    segment.map((text) => `/api/approvals/${text}`),
    segment.map((text) => `/${text}`),
  ),
  query: query.map((pairs) => pairs.map(([name, value]) => `${encodeURIComponent(name)}=${value}`).join('&')),
  body: fc.oneof(
    oddValue.map((value) => JSON.stringify(value) ?? ''),
    fc.record({ answer: oddValue, by: oddValue, planHash: oddValue }).map((value) => JSON.stringify(value)),
    fc.constantFrom('{', '['.repeat(8000), 'x'.repeat(20_000), ''),
  ),
  token: fc.constantFrom(tokens.api, tokens.api, tokens.webhook, ''),
});
type ApiCall = typeof apiCall extends fc.Arbitrary<infer Value> ? Value : never;

async function callApi({ method, path, query: search, body, token }: ApiCall): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const withBody = method !== 'GET' && method !== 'OPTIONS';
  const answer = await send(method, search === '' ? path : `${path}?${search}`, headers, withBody ? body : undefined);
  expect([200, 202, 204, 400, 401, 404, 405, 409, 413], answer.body.slice(0, 300)).toContain(answer.status);
  if (path.startsWith('/api/') && token !== tokens.api) expect(answer.status).toBe(401);
}

/** Writes the bytes and reads until the other side closes, or has said something and falls silent. */
function speak(text: string): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(agent.url);
    const socket = connect({ host: hostname, port: Number(port) });
    let heard = '';
    const done = () => {
      socket.destroy();
      resolve(heard);
    };
    socket.setTimeout(30, done);
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
    });
    socket.on('error', done);
    socket.on('close', done);
    socket.write(Buffer.from(text, 'latin1'));
  });
}

async function metric(name: string): Promise<number> {
  const { text } = await agent.get('/metrics', '');
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

type Case = { webhook: HostileBody; token?: string } | { api: ApiCall } | { raw: string };
const cases: fc.Arbitrary<Case> = fc.oneof(
  { weight: 80, arbitrary: hostileBody(bodies).map((one) => ({ webhook: one })) },
  {
    weight: 3,
    arbitrary: fc.tuple(hostileBody(bodies), fc.stringMatching(/^[!-~]{0,40}$/)).map(([one, token]) => ({ webhook: one, token })),
  },
  { weight: 14, arbitrary: apiCall.map((api) => ({ api })) },
  { weight: 3, arbitrary: brokenHttp.map((raw) => ({ raw })) },
);

async function tryOne(one: Case): Promise<void> {
  if ('webhook' in one) await webhook(one.webhook, one.token);
  else if ('api' in one) await callApi(one.api);
  else expect(await speak(one.raw)).not.toMatch(/^HTTP\/1\.1 5/);
}

/** In the store nothing hostile is stuck, and every alert has a row. */
async function expectAllSorted(): Promise<void> {
  const file = new Database(store, { readonly: true });
  try {
    const waiting = () => file.prepare("select count(*) as count from notification where status = 'waiting'").get() as { count: number };
    await expect.poll(() => waiting().count, { timeout: 60_000, interval: 200 }).toBe(0);
    const stuck = file.prepare("select seq, fault from notification where status = 'quarantined' limit 3").all();
    expect(stuck).toEqual([]);
    const lost = file.prepare(
      'select seq, alerts from notification n where alerts <> (select count(*) from alert where notification = n.seq) limit 3',
    );
    expect(lost.all()).toEqual([]);
  } finally {
    file.close();
  }
}

async function judge(run: CampaignRun): Promise<void> {
  expect((await agent.get('/readyz', '')).status).toBe(200);
  // The very process that was started: nobody restarted it.
  expect(process.kill(agent.pid, 0)).toBe(true);
  expect(agent.lines.filter((line) => line.includes('"level":"error"') || line.includes('"level":50'))).toEqual([]);
  expect(upstreams.changes()).toEqual([]);
  await expectAllSorted();
  const grownMb = ((await metric('process_resident_memory_bytes')) - memoryBefore) / 1e6;
  run.measure('memory grown MB', grownMb);
  if (run.isLab) expect(grownMb).toBeLessThanOrEqual(100);
}

let memoryBefore = 0;

campaign(
  {
    id: 'S7',
    title: 'hostile bytes, bodies, API calls and HTTP leave the agent up, with no answer of 500 and nothing stuck',
    store: 'sqlite',
    runs: { ci: 5_000, lab: 100_000 },
  },
  async (run) => {
    await webhook({ body: bodies[0] ?? '', headers: {} });
    memoryBefore = await metric('process_resident_memory_bytes');
    await run.check(fc.asyncProperty(cases, tryOne));
    await judge(run);
  },
);
