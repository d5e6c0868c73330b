import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AgentProcess, agentEnvironment, notificationOf, spawnAgent, startAgentProcess, tokens } from './testing/agent-process.ts';
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
    ...agentEnvironment(upstreams.url),
    ...('url' in place.address ? { DATABASE_URL: place.address.url } : { KINTSUGI_STORE_PATH: place.address.path }),
  };
}

async function start(more: Record<string, string> = {}): Promise<AgentProcess> {
  const agent = await startAgentProcess({ ...environment(), ...more });
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

  it('both ask the models that one was told to ask, and go on to after a restart', async () => {
    place = await makePlace(engine);
    // The script is read when it is first needed.
    const scripted = { KINTSUGI_LLM_PROVIDER_SCRIPTED_FILE: 'no-such-script.yaml' };
    const [one, other] = await Promise.all([start(scripted), start(scripted)]);
    const ordered = await fetch(`${one.url}/api/models/analysis`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${tokens.api}`, 'content-type': 'application/json' },
      body: JSON.stringify({ models: ['scripted:small'], by: 'ann', reason: 'to see it' }),
    });
    expect(ordered.status).toBe(200);
    const inForce = async (agent: AgentProcess) => (await agent.get('/metrics', '')).text;
    const chain = 'kintsugi_model_chain{role="analysis",model="scripted:small",place="1"} 1';
    expect(await inForce(one)).toContain(chain);
    await expect.poll(() => inForce(other), { timeout: 20_000 }).toContain(chain);
    await Promise.all([one.stop(), other.stop()]);
    running.length = 0;
    expect(await inForce(await start(scripted))).toContain(chain);
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
