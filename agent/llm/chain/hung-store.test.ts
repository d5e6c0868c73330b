import type { AIMessage } from '@langchain/core/messages';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { askingWith, countingBudget } from '../../testing/llm/asking.ts';
import { saysJson, ToldModel } from '../../testing/llm/chat-model.ts';
import type { Question } from '../adviser.ts';

const schema = z.object({ stance: z.string() });
const question = (signal = new AbortController().signal): Question<z.infer<typeof schema>> => ({
  role: 'audit',
  incidentId: 'incident-1',
  purpose: 'a question of the test',
  instructions: 'Say whether you agree.',
  material: [],
  schema,
  maxOutputTokens: 500,
  deadlineMs: 10_000,
  signal,
});
const late = { kind: 'none', why: 'timeout', reason: 'the time for all models together was over' };

/** A step that ends when the test lets it. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { until: () => promise, release: resolve };
}

describe('a store that hangs', () => {
  it('does not keep whoever asked beyond the deadline; what is reserved late is given back, and nothing is sent', async () => {
    const hold = held();
    const { budget, calls } = countingBudget();
    const model = new ToldModel(() => saysJson({ stance: 'agrees' }));
    const reserve: typeof budget.reserve = async (estimate) => hold.until().then(() => budget.reserve(estimate));
    const { adviser, clock, audited } = askingWith({
      role: 'audit',
      chain: ['test:a'],
      models: { 'test:a': model },
      budget: { ...budget, reserve },
    });
    const asked = adviser.ask(question());
    await clock.advance(15_000);
    expect(await asked).toMatchObject(late);
    expect(clock.sleeping).toBe(0);
    hold.release();
    await clock.advance(0);
    expect(calls.map(({ settled }) => settled)).toEqual(['cancelled']);
    expect(model.sent).toEqual([]);
    expect(audited).toMatchObject([{ detail: { result: 'timeout', model: null } }]);
  });

  it('loses no money when what a call took is written down late', async () => {
    const hold = held();
    const { budget, calls } = countingBudget();
    const settle: typeof budget.settle = async (id, usage) => hold.until().then(() => budget.settle(id, usage));
    const models = { 'test:a': new ToldModel(() => saysJson({ stance: 'agrees' })) };
    const { adviser, clock } = askingWith({ role: 'audit', chain: ['test:a'], models, budget: { ...budget, settle } });
    const asked = adviser.ask(question());
    await clock.advance(15_000);
    expect(await asked).toMatchObject(late);
    hold.release();
    await clock.advance(0);
    expect(calls.map(({ settled }) => settled)).toEqual([{ inputTokens: 100, outputTokens: 20 }]);
  });

  it('makes an answer count for nothing when it cannot be recorded in time', async () => {
    const models = { 'test:a': new ToldModel(() => saysJson({ stance: 'agrees' })) };
    const append = () => new Promise<never>(() => {});
    const { adviser, clock, logged } = askingWith({ role: 'audit', chain: ['test:a'], models, append });
    const asked = adviser.ask(question());
    await clock.advance(15_000);
    expect(await asked).toMatchObject(late);
    expect(logged.join('')).toContain('not asked and recorded in time');
  });

  it('leaves the time for the record when whoever asked gives up', async () => {
    const stop = new AbortController();
    const models = { 'test:a': new ToldModel(() => new Promise<AIMessage>(() => {})) };
    const { adviser, clock, audited } = askingWith({ role: 'audit', chain: ['test:a'], models });
    const asked = adviser.ask(question(stop.signal));
    await clock.advance(1);
    stop.abort();
    expect(await asked).toMatchObject({ kind: 'none', why: 'timeout', reason: 'whoever asked gave up' });
    expect(audited).toHaveLength(1);
  });
});
