import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createModels } from '../../agent/llm/chain/models.ts';
import { llmPlugins } from '../../agent/llm/index.ts';
import { filledObject } from '../../agent/testing/llm/filled.ts';
import { type ModelServer, settingsAt, startModelServer } from '../../agent/testing/llm/model-server.ts';
import { type Answered, askAll, purseOf } from './ask.ts';
import { cases } from './cases.ts';
import { questionsOf } from './questions.ts';
import { rowOf } from './table.ts';

const model = 'openai:gpt-5-mini';
const questions = cases.flatMap(questionsOf);

describe('the evaluation of models', () => {
  let server: ModelServer;
  beforeEach(async () => {
    server = await startModelServer();
  });
  afterEach(() => server.close());

  const askWith = (ceilingUsd: number) => {
    const models = createModels(llmPlugins, settingsAt(server.url), { timeoutMs: 20_000 });
    return askAll(model, models, questions, purseOf(ceilingUsd, {}), 20_000);
  };
  const sharesOf = (answered: readonly Answered[]) =>
    rowOf(model, answered)
      .slice(1, 5)
      .map((cell) => cell.split(' (')[0]);

  it('gives a model that objects to everything its due, and counts what it cost', async () => {
    server.play(({ form, tools }) => ({
      kind: 'answer',
      value: filledObject(form ?? tools.at(-1)?.schema, { text: 'The evidence says otherwise.', name: 'E1', choice: 2 }),
    }));
    const answered = await askWith(1);
    // Picking a place blindly, it claims the first of the list or nothing.
    expect(sharesOf(answered).slice(0, 2)).toEqual(['0 of 5', '6 of 6']);
    expect(answered.every(({ isRight, costUsd }) => isRight !== null && costUsd > 0)).toBe(true);
    expect(server.journal).toHaveLength(questions.length);
  });

  it('counts no opinion as neither right nor wrong', async () => {
    server.play(() => ({ kind: 'refusal' }));
    const answered = await askWith(1);
    expect(sharesOf(answered)).toEqual(['–', '–', '–', '–']);
    expect(new Set(answered.map(({ got }) => got))).toEqual(new Set(['refused']));
  });

  it('makes no call that could pass the ceiling', async () => {
    const answered = await askWith(0.000_001);
    expect(server.journal).toEqual([]);
    expect(new Set(answered.map(({ got }) => got))).toEqual(new Set(['ceiling']));
  });

  it('asks about nothing it would not know the answer to, and shows the lie only where one is told', async () => {
    server.play(() => ({ kind: 'fault', fault: 503 }));
    await askWith(1);
    const sent = server.journal.map(({ asked }) => asked?.texts.join('\n') ?? '');
    expect(sent).toHaveLength(questions.length);
    for (const { lie, truth, decoy } of cases) {
      expect(sent.filter((text) => text.includes(lie))).toHaveLength(1);
      const lists = sent.filter((text) => text.includes('the possible claims') && text.includes(`${decoy.cause} in ${decoy.service}`));
      expect(lists.length).toBeGreaterThanOrEqual(2);
      if (truth) expect(lists.some((text) => text.includes(`${truth.cause} in ${truth.service}`))).toBe(true);
    }
  });
});
