import { getEventListeners } from 'node:events';
import { AIMessage } from '@langchain/core/messages';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { askingWith, countingBudget } from '../../testing/llm/asking.ts';
import { saysJson, saysText, ToldModel } from '../../testing/llm/chat-model.ts';
import type { Question } from '../adviser.ts';

const schema = z.object({ stance: z.enum(['agrees', 'objects']), reason: z.string() });
type Answer = z.infer<typeof schema>;
const answer: Answer = { stance: 'agrees', reason: 'The errors began with the deployment.' };

function question(more: Partial<Question<Answer>> = {}): Question<Answer> {
  return {
    role: 'analysis',
    incidentId: 'incident-1',
    purpose: 'a question of the test',
    instructions: 'Say whether you agree.',
    material: [{ label: 'log of checkout', text: 'no answer from db-7.internal, key sk-abc123' }],
    schema,
    maxOutputTokens: 500,
    deadlineMs: 60_000,
    signal: new AbortController().signal,
    ...more,
  };
}

const never = () => new Promise<AIMessage>(() => {});
const failing = (fields: object) => Object.assign(new Error('boom: the prompt was sk-abc123'), fields);

describe('a chain of models', () => {
  it('is off for a role without models: nobody is asked, nothing is written down', async () => {
    const { budget, calls } = countingBudget();
    const { adviser, audited } = askingWith({ chain: [], models: {}, budget });
    expect(adviser.isOn('analysis')).toBe(false);
    expect(await adviser.ask(question())).toMatchObject({ kind: 'none', why: 'off', attempts: [] });
    expect([calls, audited]).toEqual([[], []]);
  });

  it('answers with what the first model says, for the tokens it took', async () => {
    const model = new ToldModel(() => saysJson(answer));
    const { budget, calls } = countingBudget();
    const { adviser, audited, metrics } = askingWith({ chain: ['test:a'], models: { 'test:a': model }, budget });
    const advice = await adviser.ask(question());
    expect(advice).toMatchObject({
      kind: 'answer',
      value: answer,
      model: 'test:a',
      spent: { inputTokens: 100, outputTokens: 20, costUsd: 0.01 },
    });
    expect(calls).toMatchObject([
      { model: 'test:a', role: 'analysis', maxOutputTokens: 500, settled: { inputTokens: 100, outputTokens: 20 } },
    ]);
    expect(audited).toMatchObject([
      {
        event: 'model-asked',
        incidentId: 'incident-1',
        detail: { role: 'analysis', purpose: 'a question of the test', result: 'answered', model: 'test:a', secretsTakenOut: { key: 1 } },
      },
    ]);
    expect(await metrics.registry.metrics()).toContain('kintsugi_model_calls_total{role="analysis",model="test:a",result="answered"} 1');
  });

  it('sends every text masked and the material fenced, and writes none of it down', async () => {
    const model = new ToldModel(() => saysJson({ ...answer, reason: 'The host [host-1] does not answer.' }));
    const { adviser, audited, logged } = askingWith({ chain: ['test:a'], models: { 'test:a': model } });
    const { signal } = new AbortController();
    const advice = await adviser.ask(question({ instructions: 'Look at db-7.internal.', signal }));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    const [system, human] = model.sent[0]?.map(({ text }) => text) ?? [];
    expect(system).toContain('Look at [host-1].');
    expect(human).toBe('log of checkout\nDATA fence-1\nno answer from [host-1], key [secret]\nEND OF DATA fence-1');
    expect(advice).toMatchObject({ value: { reason: 'The host db-7.internal does not answer.' } });
    expect(JSON.stringify([audited, logged])).not.toMatch(/sk-abc|no answer from/);
  });

  it('asks for what fits once more, and takes the second answer', async () => {
    const model = new ToldModel((_sent, call) => (call === 1 ? saysJson({ stance: 'perhaps' }) : saysJson(answer)));
    const { adviser } = askingWith({ chain: ['test:a'], models: { 'test:a': model } });
    expect(await adviser.ask(question())).toMatchObject({ kind: 'answer', value: answer, spent: { inputTokens: 200 } });
    expect(model.sent[1]?.at(-1)?.text).toMatch(/could not be used: stance: .*Answer once more/);
  });

  it.each([
    ['no JSON', saysText('It is the database.'), 'malformed'],
    ['another form', saysJson({ answer: true }), 'malformed'],
    ['an unfinished object', saysText('{"stance": "agrees", "rea'), 'malformed'],
    ['a megabyte', saysText(`{"stance":"agrees","reason":"${'x'.repeat(1_000_000)}"}`), 'malformed'],
    ['deep nesting', saysText(`{"stance":"agrees","reason":"x","more":${'['.repeat(4_000)}${']'.repeat(4_000)}}`), 'malformed'],
    [
      'German',
      saysJson({
        stance: 'agrees',
        reason: 'Der Dienst ist seit der letzten Auslieferung nicht mehr erreichbar und wird von der Datenbank getrennt.',
      }),
      'malformed',
    ],
    ['Chinese', saysJson({ stance: 'agrees', reason: '数据库连接池已耗尽，请重启服务。' }), 'malformed'],
    ['a refusal', saysText("I'm sorry, but I can't help with that."), 'refused'],
    ['a refusal in the form of an answer', saysJson({ stance: 'objects', reason: 'I cannot assist with this request.' }), 'refused'],
    ['what a filter held back', new AIMessage({ content: '', response_metadata: { finish_reason: 'content_filter' } }), 'refused'],
  ])('has no opinion when a model answers %s', async (_name, message, why) => {
    const model = new ToldModel(() => message);
    const { adviser, audited } = askingWith({ chain: ['test:a'], models: { 'test:a': model } });
    const advice = await adviser.ask(question());
    expect(advice).toMatchObject({ kind: 'none', why });
    expect(model.sent.length).toBe(why === 'malformed' ? 2 : 1);
    expect(audited).toMatchObject([{ detail: { result: why, model: null } }]);
  });

  it('goes on to the next model when one fails, and tells of both', async () => {
    const dead = new ToldModel(() => failing({ status: 503 }));
    const { adviser, logged, audited } = askingWith({
      chain: ['test:a', 'test:b'],
      models: { 'test:a': dead, 'test:b': new ToldModel(() => saysJson(answer)) },
    });
    const advice = await adviser.ask(question());
    expect(advice).toMatchObject({ kind: 'answer', model: 'test:b' });
    expect(advice.attempts).toMatchObject([
      { model: 'test:a', result: 'unreachable', reason: 'the provider failed (HTTP 503)' },
      { model: 'test:b', result: 'answered' },
    ]);
    expect(JSON.stringify([logged, audited])).not.toContain('boom');
  });

  it('gives up a model that is silent, with its request, and asks the next at once', async () => {
    const silent = new ToldModel(never);
    const { adviser, clock } = askingWith({
      chain: ['test:a', 'test:b'],
      models: { 'test:a': silent, 'test:b': new ToldModel(() => saysJson(answer)) },
    });
    const asked = adviser.ask(question());
    await clock.advance(20_000);
    const advice = await asked;
    expect(advice).toMatchObject({ kind: 'answer', model: 'test:b' });
    expect(advice.attempts).toMatchObject([
      { result: 'timeout', durationMs: 20_000 },
      { result: 'answered', durationMs: 0 },
    ]);
    expect(silent.signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(clock.sleeping).toBe(0);
  });

  it('leaves each model of the chain its share of the time', async () => {
    const { adviser, clock } = askingWith({
      chain: ['test:a', 'test:b', 'test:c'],
      models: Object.fromEntries(['a', 'b', 'c'].map((name) => [`test:${name}`, new ToldModel(never)])),
    });
    const asked = adviser.ask(question({ deadlineMs: 30_000 }));
    await clock.advance(30_000);
    expect((await asked).attempts.map(({ durationMs }) => durationMs)).toEqual([10_000, 10_000, 10_000]);
  });

  it('keeps no share for a model that is left alone', async () => {
    const silent = new ToldModel(never);
    const { adviser, clock, breakers } = askingWith({ chain: ['test:a', 'test:b'], models: { 'test:a': silent }, callTimeoutMs: 50_000 });
    for (let n = 0; n < 3; n += 1) breakers.failed('test:b');
    const asked = adviser.ask(question({ deadlineMs: 30_000 }));
    await clock.advance(30_000);
    expect((await asked).attempts).toMatchObject([{ model: 'test:a', durationMs: 30_000 }]);
  });

  it('does not blame a model for what it refuses', async () => {
    const { adviser, breakers } = askingWith({
      chain: ['test:a'],
      models: { 'test:a': new ToldModel(() => saysText('I cannot help with that.')) },
    });
    for (let n = 0; n < 4; n += 1) expect(await adviser.ask(question())).toMatchObject({ why: 'refused' });
    expect(breakers.stateOf('test:a')).toBe('closed');
  });

  it('ends with whoever asked, and blames no model for it', async () => {
    const { adviser, clock, breakers } = askingWith({
      chain: ['test:a', 'test:b'],
      models: { 'test:a': new ToldModel(never), 'test:b': new ToldModel(never) },
    });
    for (let n = 0; n < 3; n += 1) {
      const stop = new AbortController();
      const asked = adviser.ask(question({ signal: stop.signal }));
      await clock.advance(1);
      stop.abort();
      expect(await asked).toMatchObject({ kind: 'none', why: 'timeout', reason: 'whoever asked gave up' });
      expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    }
    expect(breakers.stateOf('test:a')).toBe('closed');
    expect(await adviser.ask(question({ signal: AbortSignal.abort() }))).toMatchObject({ why: 'timeout', attempts: [] });
  });

  it('leaves a model alone that failed three times in a row, and tries it again after a while', async () => {
    let isDown = true;
    const model = new ToldModel(() => (isDown ? failing({ code: 'ECONNREFUSED' }) : saysJson(answer)));
    const { adviser, clock, metrics } = askingWith({ chain: ['test:a'], models: { 'test:a': model } });
    for (let n = 0; n < 5; n += 1) await adviser.ask(question());
    expect(model.sent.length).toBe(3);
    expect((await adviser.ask(question())).attempts).toMatchObject([
      { result: 'unreachable', reason: 'it failed lately and is left alone for a while' },
    ]);
    expect(await metrics.registry.metrics()).toContain('kintsugi_model_breaker{model="test:a"} 2');
    await clock.advance(60_000);
    isDown = false;
    expect(await adviser.ask(question())).toMatchObject({ kind: 'answer' });
    expect(await metrics.registry.metrics()).toContain('kintsugi_model_breaker{model="test:a"} 0');
  });

  it('skips a model that cannot be asked as it is set up', async () => {
    const { adviser } = askingWith({
      chain: ['test:a', 'test:b'],
      models: { 'test:b': new ToldModel(() => saysJson(answer)) },
      problemOf: (model) => (model === 'test:a' ? 'KINTSUGI_LLM_PROVIDER_TEST_KEY is not set' : undefined),
    });
    const { attempts } = await adviser.ask(question());
    expect(attempts).toMatchObject([
      { result: 'unreachable', reason: 'KINTSUGI_LLM_PROVIDER_TEST_KEY is not set' },
      { result: 'answered' },
    ]);
  });
});

describe('the money', () => {
  it('counts what was refused or never sent as not made, and what nobody counted as reserved', async () => {
    const { budget, calls } = countingBudget();
    const says = [
      failing({ status: 429 }),
      failing({ cause: { code: 'ECONNREFUSED' } }),
      failing({ code: 'ECONNRESET' }),
      failing({ status: 504 }),
      new AIMessage(JSON.stringify(answer)),
    ];
    const names = says.map((_, index) => `test:${index}`);
    const models = Object.fromEntries(says.map((said, index) => [`test:${index}`, new ToldModel(() => said)]));
    const { adviser } = askingWith({ chain: names, models, budget });
    expect(await adviser.ask(question())).toMatchObject({ kind: 'answer', model: 'test:4' });
    expect(calls.map(({ settled }) => settled)).toEqual(['cancelled', 'cancelled', null, null, null]);
  });

  it('does not believe a provider that counts nothing', async () => {
    const { budget, calls } = countingBudget();
    const usage = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
    const model = new ToldModel(() => new AIMessage({ content: JSON.stringify(answer), usage_metadata: usage }));
    await askingWith({ chain: ['test:a'], models: { 'test:a': model }, budget }).adviser.ask(question());
    expect(calls.map(({ settled }) => settled)).toEqual([null]);
  });

  it('asks the cheaper models of the chain first when little is left', async () => {
    const { budget, calls, dearness } = countingBudget(() => ({ near: true }));
    Object.assign(dearness, { 'test:dear': 9, 'test:fair': 4, 'test:cheap': 1 });
    const dead = new ToldModel(() => failing({ status: 500 }));
    const models = { 'test:dear': new ToldModel(() => saysJson(answer)), 'test:fair': dead, 'test:cheap': dead };
    const { adviser } = askingWith({ chain: ['test:dear', 'test:fair', 'test:cheap'], models, budget });
    const advice = await adviser.ask(question());
    expect(advice.attempts.map(({ model }) => model)).toEqual(['test:cheap', 'test:fair', 'test:dear']);
    expect(advice).toMatchObject({ kind: 'answer', model: 'test:dear' });
    expect(calls.map(({ model, settled }) => [model, settled])).toEqual([
      ['test:dear', 'cancelled'],
      ['test:cheap', null],
      ['test:fair', null],
      ['test:dear', { inputTokens: 100, outputTokens: 20 }],
    ]);
  });

  it('asks nobody at a ceiling, says so, and blames no model', async () => {
    const model = new ToldModel(() => saysJson(answer));
    const { adviser, breakers } = askingWith({
      chain: ['test:a'],
      models: { 'test:a': model },
      budget: countingBudget(() => 'the ceiling of the day is reached').budget,
    });
    for (let n = 0; n < 4; n += 1) {
      expect(await adviser.ask(question())).toMatchObject({ kind: 'none', why: 'ceiling', reason: 'the ceiling of the day is reached' });
    }
    expect(model.sent).toEqual([]);
    expect(breakers.stateOf('test:a')).toBe('closed');
  });

  it('reserves for all that is sent: messages, schema, the longest answer', async () => {
    const { budget, calls } = countingBudget();
    const model = new ToldModel(() => saysJson(answer));
    const { adviser } = askingWith({ chain: ['test:a'], models: { 'test:a': model }, budget });
    await adviser.ask(question());
    const sent = model.sent[0]?.map(({ text }) => text).join('') ?? '';
    expect(calls[0]?.inputTokens).toBeGreaterThan(sent.length + 50);
  });

  it('goes on when what a call took cannot be written down', async () => {
    const { budget } = countingBudget();
    const settle = async () => Promise.reject(new Error('the disk is full'));
    const { adviser, logged } = askingWith({
      chain: ['test:a'],
      models: { 'test:a': new ToldModel(() => saysJson(answer)) },
      budget: { ...budget, settle },
    });
    expect(await adviser.ask(question())).toMatchObject({ kind: 'answer', value: answer });
    expect(logged.join('')).toContain('could not be written down');
  });
});

describe('an answer that cannot be recorded', () => {
  it('does not count', async () => {
    const append = async () => Promise.reject(new Error('the disk is full'));
    const { adviser, logged } = askingWith({ chain: ['test:a'], models: { 'test:a': new ToldModel(() => saysJson(answer)) }, append });
    expect(await adviser.ask(question())).toMatchObject({ kind: 'none', why: 'unreachable' });
    expect(logged.join('')).toContain('not recorded');
  });
});
