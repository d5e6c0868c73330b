/**
 * The list prices of the models, US dollars per million tokens: one table, with its date and where it was read (copies of these pages, some of
 * them weeks older than the date). Discounts for cached input and batches are not in it, so that what is counted is never less than what is
 * billed. Who pays other prices says so by `KINTSUGI_LLM_BUDGET_PRICES`.
 */

export const pricesReadOn = '2026-11-21';

export const priceSources = [
  'https://developers.openai.com/api/docs/pricing',
  'https://platform.claude.com/docs/en/about-claude/pricing',
  'https://ai.google.dev/gemini-api/docs/pricing',
  'https://aws.amazon.com/bedrock/pricing/',
] as const;

export interface ListPrice {
  inputUsd: number;
  outputUsd: number;
  /** A prompt of more input tokens is billed dearer as a whole. */
  long?: { over: number; inputUsd: number; outputUsd: number };
}

const flat = (inputUsd: number, outputUsd: number): ListPrice => ({ inputUsd, outputUsd });

/** OpenAI's rule for its large contexts: beyond 272,000 tokens input costs double, output one and a half times as much. */
const doubled = (inputUsd: number, outputUsd: number): ListPrice => ({
  inputUsd,
  outputUsd,
  long: { over: 272_000, inputUsd: inputUsd * 2, outputUsd: outputUsd * 1.5 },
});

const openai: Record<string, ListPrice> = {
  'gpt-6.1-sol': doubled(2, 10),
  'gpt-6.1-terra': doubled(1, 5),
  'gpt-6-sol': doubled(2, 10),
  'gpt-6-luna': doubled(0.1, 0.5),
  'gpt-5.6-terra': doubled(2, 12),
  'gpt-5.6-luna': doubled(0.2, 1.2),
  'gpt-5.5': doubled(5, 30),
  'gpt-5.5-pro': doubled(30, 180),
  'gpt-5.4': doubled(2.5, 15),
  'gpt-5.4-pro': doubled(30, 180),
  'gpt-5.4-mini': flat(0.75, 4.5),
  'gpt-5.4-nano': flat(0.2, 1.25),
  'gpt-5.2': flat(1.75, 14),
  'gpt-5.1': flat(1.25, 10),
  'gpt-5': flat(1.25, 10),
  'gpt-5-pro': flat(15, 120),
  'gpt-5-mini': flat(0.25, 2),
  'gpt-5-nano': flat(0.05, 0.4),
  'gpt-4.1': flat(2, 8),
  'gpt-4.1-mini': flat(0.4, 1.6),
  'gpt-4.1-nano': flat(0.1, 0.4),
  'gpt-4o': flat(2.5, 10),
  'gpt-4o-mini': flat(0.15, 0.6),
};

const anthropic: Record<string, ListPrice> = {
  'claude-fable-5-2': flat(8, 40),
  'claude-fable-5-1': flat(10, 50),
  'claude-fable-5': flat(10, 50),
  'claude-opus-5-5': flat(4, 20),
  'claude-opus-5': flat(5, 25),
  'claude-opus-4-8': flat(5, 25),
  'claude-opus-4-7': flat(5, 25),
  'claude-opus-4-6': flat(5, 25),
  'claude-opus-4-5': flat(5, 25),
  'claude-opus-4-1': flat(15, 75),
  'claude-sonnet-5-5': flat(2, 10),
  'claude-sonnet-5': flat(2, 10),
  'claude-sonnet-4-6': flat(3, 15),
  'claude-sonnet-4-5': flat(3, 15),
  'claude-haiku-5-5': { inputUsd: 0.1, outputUsd: 0.5, long: { over: 100_000, inputUsd: 0.5, outputUsd: 2.5 } },
  'claude-haiku-4-5': flat(1, 5),
};

const google: Record<string, ListPrice> = {
  // Half of it until the end of 2026.
  'gemini-3.8-flash': flat(1.5, 7.5),
  'gemini-3.5-flash': flat(1.5, 9),
  'gemini-3.5-flash-lite': flat(0.3, 2.5),
  'gemini-3.1-pro-preview': { inputUsd: 2, outputUsd: 12, long: { over: 200_000, inputUsd: 4, outputUsd: 18 } },
  'gemini-2.5-pro': { inputUsd: 1.25, outputUsd: 10, long: { over: 200_000, inputUsd: 2.5, outputUsd: 15 } },
  'gemini-2.5-flash': flat(0.3, 2.5),
  'gemini-2.5-flash-lite': flat(0.1, 0.4),
};

/** Region profiles cost a tenth more than the global one; the dearer of the two is taken. */
const regional = ({ inputUsd, outputUsd, long }: ListPrice): ListPrice => ({
  inputUsd: inputUsd * 1.1,
  outputUsd: outputUsd * 1.1,
  ...(long ? { long: { over: long.over, inputUsd: long.inputUsd * 1.1, outputUsd: long.outputUsd * 1.1 } } : {}),
});

const bedrock: Record<string, ListPrice> = {
  'amazon.nova-micro': flat(0.035, 0.14),
  'amazon.nova-lite': flat(0.06, 0.24),
  'amazon.nova-pro': flat(0.8, 3.2),
  'amazon.nova-premier': flat(2.5, 12.5),
  'amazon.nova-2-lite': regional(flat(0.3, 2.5)),
  ...Object.fromEntries(Object.entries(anthropic).map(([model, price]) => [`anthropic.${model}`, regional(price)])),
};

/** By provider, then by the model's name without region, date and version; a provider that is not here has no list prices. */
export const priceTable: Readonly<Record<string, Readonly<Record<string, ListPrice>>>> = {
  openai,
  anthropic,
  google,
  bedrock,
  // Replays a file.
  scripted: { '*': flat(0, 0) },
};
