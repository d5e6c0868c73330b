import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { AutonomyDetail } from '../api/contract.ts';
import { apiToken } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeployment, healthy } from '../testing/scenes.ts';
import { autonomyLines, autonomyTable } from './autonomy.ts';

const { start } = agentsOfTest();
const main = new URL('./main.ts', import.meta.url).pathname;

async function kintsugi(args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [main, 'autonomy', ...args], {
    env: { PATH, HOME, KINTSUGI_API_TOKEN: apiToken },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number, out, err };
}

const observed = { policy: { autonomy: { default: 'observe', byAction: {} } } } as const;
const place = ['shop', 'checkout', 'roll-back-deployment'];

describe('kintsugi autonomy', () => {
  it('shows the plan that was not carried out, and sets a level that the list then shows', async () => {
    const { alert, closed, url } = await start(badDeployment, observed);
    expect(await kintsugi(['--url', url])).toEqual({ code: 0, out: 'nothing was done, kept or ordered yet\n', err: '' });
    await closed(await alert('checkout'));
    expect((await kintsugi(['--url', url])).out).toMatch(/shop\/checkout +roll-back-deployment +observe +nothing/);
    const shown = await kintsugi(['show', ...place, '--url', url]);
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('roll-back-deployment of checkout for bad-deployment') });
    expect(shown.out).toContain('followed still');

    const set = await kintsugi(['set', ...place, 'observe', '--as', 'ann', '--reason', 'we look first', '--url', url]);
    expect(set).toMatchObject({ code: 0, out: expect.stringContaining('ann set it to observe: we look first') });
    const [heading, line] = (await kintsugi(['--url', url])).out.split('\n');
    expect(heading).toMatch(/^SERVICE +ACTION +LEVEL +SO FAR +BECAUSE$/);
    expect(line).toMatch(/^shop\/checkout +roll-back-deployment +observe +nothing +as the policy says$/);
    expect(JSON.parse((await kintsugi(['--json', '--url', url])).out)).toMatchObject([
      { action: 'roll-back-deployment', level: 'observe' },
    ]);
  });

  it('says what is wrong: an unknown level, no reason, an unknown service', async () => {
    const { url } = await start(healthy);
    expect(await kintsugi(['set', ...place, 'full', '--as', 'ann', '--reason', 'r', '--url', url])).toMatchObject({ code: 2 });
    expect(await kintsugi(['set', ...place, 'auto', '--as', 'ann', '--url', url])).toMatchObject({ code: 2 });
    const unknown = ['shop', 'chekout', 'stop-task'];
    expect(await kintsugi(['show', ...unknown, '--url', url])).toMatchObject({ code: 5, err: expect.stringContaining('chekout') });
  });
});

describe('what is printed', () => {
  const autonomy = {
    cluster: 'shop',
    service: 'cart',
    action: 'stop-task',
    level: 'approve',
    because: 'it helped',
    ceiling: 'auto',
    row: 2,
    needed: 3,
    counts: { recovered: 2, agreed: 6 },
    order: null,
  } as const;

  it('says how far it is to the next level', () => {
    expect(autonomyTable([autonomy]).split('\n')[1]).toBe('shop/cart  stop-task  approve of auto, 2/3  2 recovered, 6 agreed  it helped');
    expect(autonomyTable([{ ...autonomy, level: null, because: 'there is no policy' }])).toContain('nothing');
  });

  it('holds nothing that a terminal would obey', () => {
    const detail: AutonomyDetail = {
      autonomy,
      steps: [{ at: null, what: 'ann\u001b[2J set it\nto auto', level: 'auto', row: 0 }],
      shadows: [],
    };
    expect(autonomyLines(detail)).toBe(
      [
        'stop-task on shop/cart: approve of auto, 2/3 (it helped)',
        '  so far: 2 recovered, 6 agreed',
        '  what counted:',
        '    some time ann [2J set it to auto: auto, 0 in a row',
      ].join('\n'),
    );
  });
});
