import { describe, expect, it } from 'vitest';
import { costNano, dollars } from './money.ts';
import { priceTable } from './price-table.ts';
import { priceOf, tokenPrice } from './prices.ts';

describe('the price of a model', () => {
  it.each([
    ['openai:gpt-5-mini', 0.25, 2],
    ['openai:gpt-5-mini-2025-08-07', 0.25, 2],
    ['openai:gpt-5.5', 5, 30],
    ['openai:gpt-5.5-pro', 30, 180],
    ['anthropic:claude-haiku-4-5', 1, 5],
    ['anthropic:claude-haiku-4-5-20251001', 1, 5],
    ['google:gemini-2.5-flash', 0.3, 2.5],
    ['bedrock:amazon.nova-lite-v1:0', 0.06, 0.24],
    ['bedrock:eu.amazon.nova-pro-v1:0', 0.8, 3.2],
    ['bedrock:us.anthropic.claude-haiku-4-5-20251001-v1:0', 1.1, 5.5],
    ['bedrock:global.anthropic.claude-sonnet-5-5', 2.2, 11],
    ['scripted:demo', 0, 0],
  ])('of %s is from the table, whatever region, date or version its name holds', (model, inputUsd, outputUsd) => {
    const { price, from } = priceOf(model, {});
    expect(from).toBe('table');
    expect(price.inputUsd).toBeCloseTo(inputUsd, 9);
    expect(price.outputUsd).toBeCloseTo(outputUsd, 9);
  });

  it.each(['openai:gpt-99', 'openai:gpt-5-mini-ultra', 'compatible:llama3', 'nobody:gpt-5-mini', 'openai:constructor', 'toString:x', 'x'])(
    'of %s is not known: it counts as much as the dearest of all, in and out',
    (model) => {
      const { price, from } = priceOf(model, {});
      expect(from).toBe('unknown');
      for (const listed of Object.values(priceTable).flatMap((models) => Object.values(models))) {
        for (const { inputUsd, outputUsd } of [listed, listed.long ?? listed]) {
          expect(price.inputUsd).toBeGreaterThanOrEqual(inputUsd);
          expect(price.outputUsd).toBeGreaterThanOrEqual(outputUsd);
        }
      }
    },
  );

  it('is the operator’s where they set one: of the model before that of its provider', () => {
    const own = {
      'compatible:*': { inputUsd: 0, outputUsd: 0 },
      'compatible:big': { inputUsd: 1, outputUsd: 2 },
      'openai:gpt-5': { inputUsd: 0.9, outputUsd: 8 },
    };
    expect(priceOf('compatible:llama3', own)).toEqual({ price: { inputUsd: 0, outputUsd: 0 }, from: 'setting' });
    expect(priceOf('compatible:big', own).price).toEqual({ inputUsd: 1, outputUsd: 2 });
    expect(priceOf('openai:gpt-5', own)).toMatchObject({ price: { inputUsd: 0.9 }, from: 'setting' });
    expect(priceOf('openai:gpt-5-mini', own)).toMatchObject({ price: { inputUsd: 0.25 }, from: 'table' });
  });

  it('rises for the whole of a long prompt where the provider bills it so', () => {
    const { price } = priceOf('anthropic:claude-haiku-5-5', {});
    expect(tokenPrice(price, 100_000)).toEqual({ inputUsd: 0.1, outputUsd: 0.5 });
    expect(tokenPrice(price, 100_001)).toMatchObject({ inputUsd: 0.5, outputUsd: 2.5 });
  });

  it('is named for every model: above nothing, but for what replays a file, and never less for output', () => {
    const listed = Object.entries(priceTable).filter(([provider]) => provider !== 'scripted');
    const prices = listed.flatMap(([, models]) => Object.values(models));
    expect(prices.length).toBeGreaterThan(40);
    for (const { inputUsd, outputUsd, long } of prices) {
      expect(inputUsd).toBeGreaterThan(0);
      expect(outputUsd).toBeGreaterThan(inputUsd);
      if (long) expect(long.inputUsd).toBeGreaterThan(inputUsd);
    }
  });
});

describe('money', () => {
  it('is counted in whole parts, and rounded up', () => {
    expect(costNano({ inputUsd: 0.1, outputUsd: 0.4 }, { inputTokens: 3, outputTokens: 0 })).toBe(300);
    expect(costNano({ inputUsd: 0.0375, outputUsd: 0 }, { inputTokens: 1, outputTokens: 0 })).toBe(38);
    expect(costNano({ inputUsd: 1.1, outputUsd: 5.5 }, { inputTokens: 1_000_000, outputTokens: 1_000_000 })).toBe(6.6e9);
    expect(costNano({ inputUsd: 0, outputUsd: 0 }, { inputTokens: 9, outputTokens: 9 })).toBe(0);
  });

  it.each([
    [0, '$0.00'],
    [12.345, '$12.35'],
    [0.5, '$0.50'],
    [0.0042, '$0.0042'],
    [0.000000038, '$0.000000038'],
  ])('of %d dollars is shown as %s', (usd, shown) => {
    expect(dollars(usd)).toBe(shown);
  });
});
