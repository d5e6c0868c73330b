import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { ModelCost, ModelCostLine } from '../api/contract.ts';
import { apiToken } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { healthy } from '../testing/scenes.ts';
import { costLines } from './model-cost.ts';

const { start } = agentsOfTest();
const main = new URL('./main.ts', import.meta.url).pathname;

const line = (key: string, given: Partial<ModelCostLine> = {}): ModelCostLine => ({
  key,
  calls: 3,
  estimated: 0,
  unpriced: 0,
  inputTokens: 12_000,
  outputTokens: 900,
  costUsd: 0.0048,
  ...given,
});

const nothing: ModelCost = {
  days: 7,
  spending: [
    { window: 'day', spentUsd: 0.0048, ceilingUsd: 5 },
    { window: 'month', spentUsd: 12, ceilingUsd: 50 },
  ],
  incidentCeilingUsd: 0.5,
  pricesReadOn: '2026-11-21',
  by: { role: [], model: [], day: [], incident: [] },
};

describe('kintsugi models cost', () => {
  it('asks the agent, and says what is wrong with the days', async () => {
    const { url } = await start(healthy);
    const kintsugi = async (...args: string[]) => {
      const { PATH = '', HOME = '' } = process.env;
      const child = spawn(process.execPath, [main, 'models', 'cost', ...args, '--url', url], {
        env: { PATH, HOME, KINTSUGI_API_TOKEN: apiToken },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
      return { code: code as number, out, err };
    };
    expect(await kintsugi('--days', '7')).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('today (UTC)       $0.00 of $5.00'),
    });
    expect(JSON.parse((await kintsugi('--json')).out)).toMatchObject({ days: 30, by: { incident: [] } });
    expect(await kintsugi('--days', '0')).toMatchObject({ code: 2, err: expect.stringContaining('from 1 to 366') });
  });

  it('says what is left, and that nobody was asked', () => {
    expect(costLines(nothing)).toBe(
      [
        'today (UTC)       $0.0048 of $5.00',
        'this month (UTC)  $12.00 of $50.00',
        'one incident      $0.50 at most',
        '',
        'no model was asked in the last 7 days',
      ].join('\n'),
    );
  });

  it('shows who asked which model for how much, and says which calls are no more than guessed', () => {
    const role = [line('analysis', { estimated: 1 }), line('audit', { calls: 1, unpriced: 1 })];
    const by = { role, model: [line('compatible:x\u001b[31m')], day: [line('2026-11-21')], incident: [line('i-1')] };
    const shown = costLines({ ...nothing, by });
    expect(shown).toContain('ROLE      CALLS  TOKENS IN  TOKENS OUT  COST\nanalysis  3      12000      900         $0.0048\naudit     1 ');
    expect(shown).toContain('1 of 4 calls count with the most they can cost');
    expect(shown).toContain('1 of 4 calls went to models without a known price');
    expect(shown).toContain('prices as read on 2026-11-21');
    expect(shown).not.toContain('\u001b');
  });
});
