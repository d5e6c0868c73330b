import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gates } from '../policy/gates/list.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeployment } from '../testing/scenes.ts';
import type { ApiClient } from './api-client.ts';
import { verdictLines, verdictsOf } from './policy-explain.ts';

const main = new URL('./main.ts', import.meta.url).pathname;
const { start } = agentsOfTest();

/** Without a single setting in its environment. */
async function kintsugi(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, out, err };
}

describe('kintsugi policy check', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kintsugi-policy-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function fileWith(content: string): string {
    const file = join(folder, 'policy.yaml');
    writeFileSync(file, content);
    return file;
  }

  it('says what a file in order comes to, with code 0', async () => {
    const file = fileWith('autonomy: { byAction: { stop-task: auto } }\nflags: { stop-task: true, scale-service: true }\n');
    const { code, out } = await kintsugi('policy', 'check', file);
    expect(code).toBe(0);
    expect(out).toContain(`${file} is in order\n`);
    expect(out).toContain('  stop-task: auto, from confidence 0.7\n');
    expect(out).toContain('  scale-service: observe, from confidence 0.75\n');
    expect(out).toContain('  roll-back-deployment: off\n');
  });

  it('tells every fault with file, line and column, with code 2', async () => {
    const file = fileWith('cooldownSeconds: soon\nflags:\n  stop-tsk: true\n');
    const { code, out } = await kintsugi('policy', 'check', file);
    expect(code).toBe(2);
    expect(out.trim().split('\n')).toEqual([
      expect.stringContaining(`${file}:1:1: cooldownSeconds: `),
      `${file}:3:3: flags.stop-tsk: there is no such setting`,
    ]);
    const { faults } = JSON.parse((await kintsugi('policy', 'check', '--json', file)).out) as { faults: unknown[] };
    expect(faults).toHaveLength(2);
  });

  it('says that there is no such file, with code 3', async () => {
    const { code, err } = await kintsugi('policy', 'check', join(folder, 'nowhere.yaml'));
    expect(code).toBe(3);
    expect(err).toContain('nowhere.yaml cannot be read');
  });
});

describe('kintsugi policy explain', () => {
  it('shows every gate of the last verdict in order, each with its reason', async () => {
    const agent = await start(badDeployment, { policy: { autonomy: { default: 'observe', byAction: {} } } });
    const incident = await agent.closed(await agent.alert('checkout'));
    const api: ApiClient = {
      get: async (path, answer) => answer.parse((await agent.api(path)).body),
      send: () => expect.unreachable(),
    };
    const verdicts = await verdictsOf(api, incident.id);
    const last = verdicts.at(-1) ?? expect.unreachable();
    expect(last.verdict?.gates.map(({ gate }) => gate)).toEqual(gates.map(({ name }) => name));
    const lines = verdictLines(last).split('\n');
    expect(lines[0]).toMatch(/^\d{4}-.* {2}round 1 {2}escalate$/);
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}plan: roll-back-deployment: /));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}pass {2}kill-switch +The kill switch is off\.$/));
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}deny {2}autonomy +.*observe/));
  });

  it('shows of a verdict without a plan why there was none, and nothing that a terminal would obey', () => {
    const said = verdictLines({
      at: '2026-03-10T12:00:00.000Z',
      round: null,
      kind: 'escalate',
      reason: 'inconclusive:\u001b[2J nothing\nfits',
      plan: null,
      verdict: null,
      considered: [{ action: 'stop-task', cause: 'sick-task', service: 'cart', became: 'not-possible', reason: 'it is gone' }],
    });
    expect(said.split('\n')).toEqual([
      '2026-03-10T12:00:00.000Z  escalate',
      '  inconclusive: [2J nothing fits',
      '  considered: stop-task for sick-task in cart: not-possible: it is gone',
      '  no gate was asked: there was no plan to judge',
    ]);
  });

  it('says where it looked when no agent answers, with code 3', async () => {
    const child = spawn(process.execPath, [main, 'policy', 'explain', 'some-incident', '--url', 'http://127.0.0.1:9'], {
      env: { PATH: process.env.PATH, KINTSUGI_API_TOKEN: 'a'.repeat(32) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(code).toBe(3);
    expect(err).toContain('http://127.0.0.1:9 does not answer');
  });
});
