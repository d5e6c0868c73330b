import type { AIMessage } from '@langchain/core/messages';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { askingWith } from '../../testing/llm/asking.ts';
import { type Say, saysCalls, saysJson, saysText, ToldModel } from '../../testing/llm/chat-model.ts';
import type { Investigation, ReadTool } from '../adviser.ts';

const schema = z.object({ pick: z.int().min(0).max(3), reason: z.string() });
type Answer = z.infer<typeof schema>;
const answer: Answer = { pick: 2, reason: 'The pool of the database was full.' };
const gives = saysCalls([{ name: 'answer', args: answer }]);
const services = ['checkout', 'cart', 'db-7.internal'];
const looksAt = (...names: string[]) => saysCalls(names.map((service) => ({ name: 'read_logs', args: { service } })));

function investigationOf(read: ReadTool['read'] = async ({ service }) => `log of ${service}: key sk-abc123`): Investigation<Answer> {
  return {
    role: 'analysis',
    incidentId: 'incident-1',
    purpose: 'an investigation of the test',
    instructions: 'Find out why.',
    material: [{ label: 'alert', text: 'checkout fails' }],
    schema,
    maxOutputTokens: 500,
    deadlineMs: 40_000,
    signal: new AbortController().signal,
    tools: [{ name: 'read_logs', description: 'Reads the log of a service.', params: z.object({ service: z.enum(services) }), read }],
    maxLooks: 3,
  };
}

/** Says these in turn, the last one again and again. */
const inTurn =
  (...messages: AIMessage[]): Say =>
  (_sent, call) =>
    messages[Math.min(call, messages.length) - 1] as AIMessage;

function investigating(...says: Say[]) {
  const models = says.map((say) => new ToldModel(say));
  const names = models.map((_, index) => `test:${index}`);
  const asking = askingWith({ chain: names, models: Object.fromEntries(names.map((name, index) => [name, models[index] as ToldModel])) });
  return { ...asking, models };
}

describe('an investigation', () => {
  it('reads what the model orders, and hands it back masked and fenced', async () => {
    const { adviser, models, audited } = investigating(inTurn(looksAt('checkout'), gives));
    const advice = await adviser.investigate(investigationOf());
    expect(audited).toMatchObject([{ detail: { looks: 1, secretsTakenOut: { key: 1 } } }]);
    expect(advice).toMatchObject({ kind: 'answer', value: answer, looks: [{ tool: 'read_logs', params: { service: 'checkout' } }] });
    expect(models[0]?.sent[1]?.at(-1)?.text).toMatch(/^Found\nDATA (\S+)\nlog of checkout: key \[secret\]\nEND OF DATA \1$/);
  });

  it('names what it must not tell by masks, in the tools too, and knows them again in an order', async () => {
    const { adviser, models } = investigating(inTurn(looksAt('[host-1]'), gives));
    const { looks } = await adviser.investigate(investigationOf());
    expect(JSON.stringify(models[0]?.tools[0])).toContain('"enum":["checkout","cart","[host-1]"]');
    expect(looks).toMatchObject([{ params: { service: 'db-7.internal' } }]);
  });

  it('takes an answer in text as well', async () => {
    const { adviser } = investigating(inTurn(looksAt('checkout'), saysJson(answer)));
    expect(await adviser.investigate(investigationOf())).toMatchObject({ kind: 'answer', value: answer });
  });

  it('repairs an answer once, as a reply to the order that gave it', async () => {
    const { adviser, models } = investigating(inTurn(saysCalls([{ name: 'answer', args: { pick: 7, reason: 'x' } }]), gives));
    expect(await adviser.investigate(investigationOf())).toMatchObject({ kind: 'answer', value: answer });
    expect(models[0]?.sent[1]?.map(({ type }) => type)).toEqual(['system', 'human', 'ai', 'tool']);
  });

  it('looks at each thing once, however often it is ordered, and stops a model that repeats itself', async () => {
    const read: string[] = [];
    const { adviser, models } = investigating(inTurn(looksAt('checkout')));
    const advice = await adviser.investigate(
      investigationOf(async ({ service }) => {
        read.push(String(service));
        return 'nothing new';
      }),
    );
    expect(advice).toMatchObject({ kind: 'none', why: 'stuck', reason: 'it orders the same looks again and again' });
    expect([read, models[0]?.sent.length]).toEqual([['checkout'], 3]);
  });

  it('stops a model that goes to and fro between two looks', async () => {
    const { adviser, models } = investigating((_sent, call) => looksAt(call % 2 === 0 ? 'cart' : 'checkout'));
    expect(await adviser.investigate(investigationOf())).toMatchObject({ kind: 'none', why: 'stuck' });
    expect(models[0]?.sent.length).toBe(4);
  });

  it('refuses what is no tool or not in a list, and stops a model that goes on with it', async () => {
    const wrong = saysCalls([{ name: 'restart_service', args: { service: 'checkout' } }]);
    const { adviser, models } = investigating(inTurn(wrong, looksAt('payment'), wrong));
    const advice = await adviser.investigate(investigationOf());
    expect(advice).toMatchObject({ kind: 'none', why: 'stuck', reason: 'it orders looks that do not exist', looks: [] });
    expect(models[0]?.sent[1]?.at(-1)?.text).toContain('There is no such tool. The tools are read_logs and answer.');
    expect(models[0]?.sent[2]?.at(-1)?.text).toMatch(/not possible: service: .*\[host-1\]/);
  });

  it('reads four things at once at most, no more than it may in all, and answers every order', async () => {
    const { adviser, models } = investigating(inTurn(looksAt('checkout', 'cart', 'db-7.internal', 'checkout', 'cart', 'cart'), gives));
    const { looks } = await adviser.investigate({ ...investigationOf(), maxLooks: 2 });
    expect(looks.map(({ params }) => params.service)).toEqual(['checkout', 'cart']);
    const replies = models[0]?.sent[1]?.filter(({ type }) => type === 'tool').map(({ text }) => text) ?? [];
    expect(replies.length).toBe(6);
    expect(replies[2]).toContain('No look is left');
  });

  it('hands what was found so far to the next model, which need not look again', async () => {
    const { adviser, models } = investigating(inTurn(looksAt('cart'), saysText('I am at a loss.')), inTurn(looksAt('cart'), gives));
    const advice = await adviser.investigate(investigationOf());
    expect(advice).toMatchObject({ kind: 'answer', model: 'test:1', looks: [{ params: { service: 'cart' } }] });
    expect(models[1]?.sent[0]?.[1]?.text).toContain('Look read_logs {"service":"cart"}, ordered before\nDATA ');
    expect(models[1]?.sent[1]?.at(-1)?.text).toContain('was looked at before');
  });

  it('stops a model that takes too many tokens without a conclusion', async () => {
    const model = new ToldModel((_sent, call) => looksAt(services[(call - 1) % 3] as string));
    const { adviser } = askingWith({ chain: ['test:a'], models: { 'test:a': model }, maxTokens: 200 });
    const advice = await adviser.investigate(investigationOf());
    expect(advice).toMatchObject({ kind: 'none', why: 'stuck', reason: 'it took 240 tokens without a conclusion' });
    expect(advice.looks.length).toBe(2);
  });

  it('takes a look that fails, or does not end, for an answer', async () => {
    const { adviser, clock, models } = investigating(inTurn(looksAt('checkout', 'cart'), gives), inTurn(gives));
    const asked = adviser.investigate(
      investigationOf(async ({ service }) => (service === 'checkout' ? Promise.reject(new Error('down')) : new Promise<string>(() => {}))),
    );
    await clock.advance(20_000);
    const advice = await asked;
    expect(advice.looks.map(({ found }) => found)).toEqual(['This could not be read.', 'Nothing was read in time.']);
    expect(models[1]?.sent.length).toBe(1);
    expect(advice).toMatchObject({ kind: 'answer', model: 'test:1' });
  });

  it('ends in time against a model that orders looks for ever', async () => {
    const { adviser, clock } = investigating(async (_sent, call) => {
      await clock.sleep(1_000);
      return looksAt(...services, String(call));
    });
    const asked = adviser.investigate(investigationOf());
    await clock.advance(40_000);
    expect(await asked).toMatchObject({ kind: 'none', why: 'stuck' });
  });
});
