import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { ModelChainView } from '../api/contract.ts';
import { apiToken } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { healthy } from '../testing/scenes.ts';
import { chainLines } from './models.ts';

const { start } = agentsOfTest();
const main = new URL('./main.ts', import.meta.url).pathname;

async function kintsugi(args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [main, 'models', ...args], {
    env: { PATH, HOME, KINTSUGI_API_TOKEN: apiToken },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, out, err };
}

describe('kintsugi models', () => {
  it('shows the chains, and switches one', async () => {
    const { url } = await start(healthy);
    const because = ['--as', 'ann', '--reason', 'the first is slow', '--url', url];
    expect(await kintsugi(['--url', url])).toMatchObject({ code: 0, out: expect.stringContaining('report: nobody is asked (as set)\n') });
    const used = await kintsugi(['use', 'report', 'test:a,test:b', ...because]);
    expect(used).toMatchObject({ code: 0, err: '' });
    expect(used.out).toMatch(
      /report \(ordered by ann at .*: the first is slow\)\n {2}1\. test:a\n {2}2\. test:b\n {2}in place of: nobody\n/,
    );
    expect(await kintsugi(['use', 'report', 'none', ...because])).toMatchObject({
      out: expect.stringContaining('report: nobody is asked (ordered by ann'),
    });
    expect(await kintsugi(['use', 'report', 'default', ...because])).toMatchObject({
      out: expect.stringContaining('report: nobody is asked (as set)'),
    });
    expect(JSON.parse((await kintsugi(['--json', '--url', url])).out)).toMatchObject([{ role: 'triage' }, {}, {}, {}, { role: 'patch' }]);
  });

  it('says what is wrong', async () => {
    const { url } = await start(healthy);
    const because = ['--as', 'ann', '--reason', 'r', '--url', url];
    expect(await kintsugi(['use', 'report', 'nobody:x', ...because])).toMatchObject({ code: 5, err: expect.stringContaining('nobody:x') });
    expect(await kintsugi(['use', 'report', 'test:a', '--as', 'ann', '--url', url])).toMatchObject({ code: 2 });
  });
});

describe('what is printed', () => {
  it('tells of a model that is left alone or cannot be asked, and of the chain an order displaces', () => {
    const chain: ModelChainView = {
      role: 'audit',
      models: [
        { name: 'test:a', breaker: 'open', problem: null },
        { name: 'gone:b', breaker: 'closed', problem: 'there is no provider "gone"' },
      ],
      setting: ['test:c'],
      order: { models: ['test:a', 'gone:b'], by: 'ann\u001b[31m', reason: 'r', at: '2026-01-01T00:00:00.000Z' },
    };
    const lines = chainLines([chain]).split('\n');
    expect(lines.slice(1)).toEqual([
      '  1. test:a, breaker open',
      '  2. gone:b, CANNOT BE ASKED: there is no provider "gone"',
      '  in place of: test:c',
    ]);
    expect(lines[0]).not.toContain('\u001b');
  });
});
