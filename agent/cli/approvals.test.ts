import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { loadApiAccess } from '../config/api-access.ts';
import { ConfigError } from '../domain/errors.ts';
import type { Incident } from '../domain/incident.ts';
import { apiToken, type TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeploymentCured } from '../testing/scenes.ts';
import { plain } from './plain.ts';

const { start } = agentsOfTest();
const main = new URL('./main.ts', import.meta.url).pathname;

async function kintsugi(args: string[], token = apiToken): Promise<{ code: number; out: string; err: string }> {
  const { PATH = '', HOME = '' } = process.env;
  const environment = { PATH, HOME, ...(token ? { KINTSUGI_API_TOKEN: token } : {}) };
  const child = spawn(process.execPath, [main, ...args], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, out, err };
}

async function asking(): Promise<{ agent: TestAgent; incident: Incident; id: string }> {
  const agent = await start(badDeploymentCured, { policy: { autonomy: { default: 'approve', byAction: {} } } });
  const incident = await agent.alert('checkout');
  await agent.until(async () => (await agent.get(incident)).status === 'awaiting-approval');
  const [request] = await agent.approvals.pending();
  return { agent, incident, id: request?.id ?? '' };
}

describe('kintsugi approvals', () => {
  it('lists what waits, approve carries it out, and a second answer is refused with code 5', async () => {
    const { agent, incident, id } = await asking();
    const listed = await kintsugi(['approvals', '--url', agent.url]);
    expect(listed).toMatchObject({ code: 0, out: expect.stringContaining(`${id}  roll-back-deployment`) });
    expect(listed.out).toContain('cause: bad-deployment in checkout');
    expect(listed.out).toMatch(/calls: .*"operation":"ecs:UpdateService"/);
    const approved = await kintsugi(['approve', id.slice(0, 8), '--as', 'ann', '--url', agent.url]);
    expect(approved).toMatchObject({ code: 0, out: expect.stringContaining('approved: by ann') });
    expect((await agent.closed(incident)).outcome).toBe('fixed');
    expect(agent.world.effects).toHaveLength(1);
    expect(await kintsugi(['approve', id, '--as', 'ann', '--url', agent.url])).toMatchObject({ code: 5 });
    expect((await kintsugi(['approvals', '--url', agent.url])).out).toBe('nothing waits for approval\n');
  });

  it('rejects, and prints JSON', async () => {
    const { agent, incident, id } = await asking();
    expect(JSON.parse((await kintsugi(['approvals', '--json', '--url', agent.url])).out)).toMatchObject([{ id, answer: null }]);
    expect((await kintsugi(['reject', id, '--as', 'bob', '--url', agent.url])).code).toBe(0);
    expect((await agent.closed(incident)).outcomeReason).toContain('bob rejected');
  });

  it('says what is wrong: no token, a wrong one, no name, no agent', async () => {
    const { agent, id } = await asking();
    expect(await kintsugi(['approvals', '--url', agent.url], '')).toMatchObject({ code: 2, err: expect.stringContaining('no token') });
    expect(await kintsugi(['approvals', '--url', agent.url], 'x'.repeat(32))).toMatchObject({ code: 5 });
    expect(await kintsugi(['approve', id, '--url', agent.url])).toMatchObject({ code: 5, err: expect.stringContaining('who you are') });
    expect(await kintsugi(['approve', id, '--params', '[]', '--url', agent.url])).toMatchObject({ code: 2 });
    expect(await kintsugi(['approvals', '--url', 'http://127.0.0.1:9'])).toMatchObject({ code: 3 });
  });
});

describe('the way to the agent', () => {
  it('is the agent of this machine, or another address, with the token from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kintsugi-token-'));
    const file = join(folder, 'token');
    await writeFile(file, 'from-a-file\n');
    const here = loadApiAccess(undefined, { KINTSUGI_SERVER_HOST: '0.0.0.0', KINTSUGI_SERVER_PORT: '81', KINTSUGI_API_TOKEN_FILE: file });
    expect([here.url, here.token.reveal()]).toEqual(['http://127.0.0.1:81', 'from-a-file']);
    expect(loadApiAccess('https://agent.example/', { KINTSUGI_API_TOKEN: 'x' }).url).toBe('https://agent.example');
    for (const url of ['ftp://agent', 'agent']) expect(() => loadApiAccess(url, { KINTSUGI_API_TOKEN: 'x' })).toThrow(ConfigError);
    expect(() => loadApiAccess(undefined, { KINTSUGI_API_TOKEN_FILE: join(folder, 'none') })).toThrow(ConfigError);
    await rm(folder, { recursive: true });
  });

  it('prints nothing that a terminal would obey', () => {
    expect(plain('\u001b[2Jgone\r\nand \u202eback')).toBe('[2Jgone and back');
  });
});
