import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AgentProcess, notificationOf, spawnAgent, startAgentProcess, tokens } from './testing/agent-process.ts';
import { engines } from './testing/engines.ts';
import { makePlace, type TempPlace } from './testing/temp-store.ts';
import { startUpstreams, type Upstreams } from './testing/upstreams.ts';

// Each starts several agents.
vi.setConfig({ testTimeout: 90_000 });

let upstreams: Upstreams;
let place: TempPlace;
const running: AgentProcess[] = [];

beforeAll(async () => {
  upstreams = await startUpstreams();
});
afterAll(() => upstreams.close());
afterEach(async () => {
  for (const agent of running.splice(0)) await agent.stop('SIGKILL');
  await place.remove();
});

function environment(): Record<string, string> {
  return {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: upstreams.url,
    KINTSUGI_CLUSTERS: 'shop',
    KINTSUGI_SERVER_PORT: '0',
    KINTSUGI_WEBHOOK_TOKEN: tokens.webhook,
    KINTSUGI_API_TOKEN: tokens.api,
    KINTSUGI_AUDIT_KEY: tokens.audit,
    KINTSUGI_EVIDENCE_PROMETHEUS_URL: upstreams.url,
    ...('url' in place.address ? { DATABASE_URL: place.address.url } : { KINTSUGI_STORE_PATH: place.address.path }),
  };
}

async function start(): Promise<AgentProcess> {
  const agent = await startAgentProcess(environment());
  running.push(agent);
  return agent;
}

describe.each(engines.filter((engine) => engine === 'postgres'))('two agents on one %s', (engine) => {
  it('both answer, and each shows what the other was told', async () => {
    place = await makePlace(engine);
    const [one, other] = await Promise.all([start(), start()]);
    expect((await one.post(notificationOf('checkout'))).status).toBe(202);
    const incidents = async () => (await other.get('/api/incidents')).body.incidents as { resource: { service: string } }[];
    await expect.poll(incidents, { timeout: 20_000 }).toMatchObject([{ resource: { service: 'checkout' } }]);
    running.length = 0;
    expect(await Promise.all([one.stop(), other.stop()])).toEqual([0, 0]);
  });
});

describe('a second agent on one file', () => {
  it('is refused with code 2 and told what to do; the first one goes on', async () => {
    place = await makePlace('sqlite');
    const first = await start();
    const second = spawnAgent(environment());
    const exited = once(second, 'exit');
    const said = second.stderr ? await text(second.stderr) : '';
    expect(await exited).toEqual([2, null]);
    expect(said).toContain('another agent already works on');
    expect(said).toContain('DATABASE_URL');
    expect((await first.get('/readyz', '')).status).toBe(200);
    await first.stop('SIGKILL');
    running.length = 0;
    await start();
  });
});
