import { beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../telemetry/logger.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { countingIds } from '../../testing/temp-store.ts';
import type { CallEstimate, LlmBudget } from '../budget.ts';
import { createLlmBudget } from './budget.ts';
import type { Ceiling, Kept, ModelCallStore, NewCall, SettledCall } from './call-store.ts';
import { llmBudgetSettingsSchema } from './settings.ts';
import { mostTokens } from './tokens.ts';

const clock = createFakeClock('2026-03-15T10:00:00.000Z');

/** Keeps what it is handed, and counts what the test says. */
function storeOf(answer: { kept?: Partial<Kept>; fails?: boolean } = {}) {
  const reserved: NewCall[] = [];
  const settled: { id: string; took: SettledCall | null }[] = [];
  const cancelled: string[] = [];
  const ceilings: Ceiling[] = [];
  const fail = () => {
    if (answer.fails) throw new Error('the disk is full');
  };
  const calls: ModelCallStore = {
    async reserve(call, given) {
      fail();
      ceilings.push(...given);
      reserved.push(call);
      return { over: null, counted: { incident: 0, day: 0, month: 0 }, ...answer.kept };
    },
    async settle(id, _at, took) {
      fail();
      settled.push({ id, took });
    },
    async cancel(id) {
      fail();
      cancelled.push(id);
    },
  };
  return { calls, reserved, settled, cancelled, ceilings, answer };
}

const estimate: CallEstimate = {
  incidentId: 'incident-1',
  role: 'analysis',
  model: 'openai:gpt-5-mini',
  inputTokens: 10_000,
  maxOutputTokens: 1000,
};

describe('the budget of the models', () => {
  let logged: string[];
  let metrics: ReturnType<typeof createMetrics>;

  beforeEach(() => {
    logged = [];
    metrics = createMetrics(async () => ({}));
  });

  const budgetOf = ({ calls }: ReturnType<typeof storeOf>, settings: object = {}): LlmBudget =>
    createLlmBudget(
      {
        calls,
        clock,
        logger: createLogger('info', { write: (line: string) => void logged.push(line) }),
        metrics,
        newId: countingIds('call'),
      },
      llmBudgetSettingsSchema.parse(settings),
    );
  const refusals = async () => (await metrics.modelCallsRefused.get()).values.map(({ labels, value }) => [labels.ceiling, value]);

  it('keeps a call with the most it can cost, and settles it with what it took', async () => {
    const store = storeOf();
    const budget = budgetOf(store);
    expect(await budget.reserve(estimate)).toEqual({ kind: 'reserved', id: 'call-1', near: false });
    // 10,000 in at 0.25 and 1,000 out at 2 US dollars a million.
    expect(store.reserved).toMatchObject([{ id: 'call-1', outputTokens: 1000, costNano: 4_500_000, price: 'table' }]);
    expect(await budget.settle('call-1', { inputTokens: 8000, outputTokens: 100 })).toBe(0.0022);
    expect(store.settled).toEqual([{ id: 'call-1', took: { inputTokens: 8000, outputTokens: 100, costNano: 2_200_000 } }]);
    expect(await budget.settle('call-1', { inputTokens: 8000, outputTokens: 100 })).toBe(0);
    expect(store.settled).toHaveLength(1);
  });

  it.each([
    ['said nothing', null],
    ['said zero', { inputTokens: 0, outputTokens: 0 }],
    ['said nonsense', { inputTokens: Number.NaN, outputTokens: -4 }],
  ])('lets the estimate count when the provider %s', async (_case, usage) => {
    const store = storeOf();
    const budget = budgetOf(store);
    await budget.reserve(estimate);
    expect(await budget.settle('call-1', usage)).toBe(0.0045);
    expect(store.settled).toEqual([{ id: 'call-1', took: null }]);
  });

  it.each([
    ['incident', '$0.49 of $0.50 are spent or promised for this incident, and this call may cost $0.0045'],
    ['day', '$0.49 of $5.00 are spent or promised for today (UTC), and this call may cost $0.0045'],
    ['month', '$0.49 of $50.00 are spent or promised for this month (UTC), and this call may cost $0.0045'],
  ] as const)(
    'refuses at the ceiling of the %s, with the figures, and tells the log once of what stops all incidents',
    async (window, reason) => {
      const since = { incident: null, day: '2026-03-15T00:00:00.000Z', month: '2026-03-01T00:00:00.000Z' }[window];
      const nano = { incident: 0.5e9, day: 5e9, month: 50e9 }[window];
      const counted = { incident: 0.49e9, day: 0.49e9, month: 0.49e9 };
      const budget = budgetOf(storeOf({ kept: { over: { window, since, nano }, counted } }));
      for (let count = 0; count < 3; count += 1) expect(await budget.reserve(estimate)).toEqual({ kind: 'refused', reason });
      expect(await refusals()).toEqual([[window, 3]]);
      expect(logged.filter((line) => line.includes('CEILING'))).toHaveLength(window === 'incident' ? 0 : 1);
    },
  );

  it('hands the store the three ceilings, from midnight and from the first, UTC', async () => {
    const store = storeOf();
    await budgetOf(store, { incidentUsd: 1, dayUsd: 2, monthUsd: 3 }).reserve(estimate);
    expect(store.ceilings).toEqual([
      { window: 'incident', since: null, nano: 1e9 },
      { window: 'day', since: '2026-03-15T00:00:00.000Z', nano: 2e9 },
      { window: 'month', since: '2026-03-01T00:00:00.000Z', nano: 3e9 },
    ]);
  });

  it.each([
    [{ incident: 0.4e9, day: 0, month: 0 }, true],
    [{ incident: 0.39e9, day: 3.9e9, month: 39e9 }, false],
    [{ incident: 0, day: 4e9, month: 0 }, true],
    [{ incident: 0, day: 0, month: 40e9 }, true],
  ])('says when a ceiling is near (%o: %s)', async (counted, near) => {
    expect(await budgetOf(storeOf({ kept: { counted } })).reserve(estimate)).toMatchObject({ kind: 'reserved', near });
  });

  it('is never near a ceiling when nothing costs anything', async () => {
    const none = { incidentUsd: 0, dayUsd: 0, monthUsd: 0 };
    const budget = budgetOf(storeOf(), none);
    expect(await budget.reserve({ ...estimate, model: 'scripted:demo' })).toMatchObject({ kind: 'reserved', near: false });
  });

  it('counts a model without a known price as the dearest, says so in the refusal and once in the log', async () => {
    const over = { window: 'incident', since: null, nano: 0.5e9 } as const;
    const store = storeOf({ kept: { over } });
    const budget = budgetOf(store);
    for (let count = 0; count < 2; count += 1) {
      const refused = await budget.reserve({ ...estimate, model: 'compatible:llama3' });
      expect(refused).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('its price is not known, so it counts as the dearest'),
      });
    }
    expect(store.reserved).toMatchObject([{ price: 'unknown' }, { price: 'unknown' }]);
    expect(logged.filter((line) => line.includes('KINTSUGI_LLM_BUDGET_PRICES'))).toHaveLength(1);
  });

  it('asks nobody when the store cannot say what was spent, and throws nothing when it cannot write', async () => {
    const store = storeOf();
    const budget = budgetOf(store);
    await budget.reserve(estimate);
    await budget.reserve(estimate);
    store.answer.fails = true;
    expect(await budget.reserve(estimate)).toEqual({ kind: 'refused', reason: 'the store cannot say what was spent' });
    expect(await refusals()).toEqual([['store', 1]]);
    expect(await budget.settle('call-1', { inputTokens: 8000, outputTokens: 100 })).toBe(0.0022);
    await expect(budget.cancel('call-2')).resolves.toBeUndefined();
  });

  it('forgets a call that was not made, and knows which model is cheaper', async () => {
    const store = storeOf();
    const budget = budgetOf(store, { prices: { 'compatible:*': { inputUsd: 0, outputUsd: 0 } } });
    await budget.reserve(estimate);
    await budget.cancel('call-1');
    expect(store.cancelled).toEqual(['call-1']);
    expect(await budget.settle('call-1', { inputTokens: 8000, outputTokens: 100 })).toBe(0);
    expect(['openai:gpt-5.5', 'openai:gpt-5-mini', 'compatible:llama3', 'openai:gpt-99'].map(budget.dearness)).toEqual([35, 2.25, 0, 330]);
  });
});

describe('the most tokens of a text', () => {
  it('are its bytes and what is laid around it', () => {
    expect(mostTokens([])).toBe(1000);
    expect(mostTokens(['abcd', 'ä€😀'])).toBe(1000 + 32 + 4 + 32 + 9);
  });
});
