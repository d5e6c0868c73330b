/** What a call to a model costs: by the operator's price, else by the table, else as much as the dearest model of the table. */
import type { TokenPrice } from './money.ts';
import { type ListPrice, priceTable } from './price-table.ts';

export type PriceSource = 'setting' | 'table' | 'unknown';

export interface FoundPrice {
  price: ListPrice;
  from: PriceSource;
}

/** The operator's: by `<provider>:<model>`, or `<provider>:*` for all of a provider's. */
export type OwnPrices = Readonly<Record<string, TokenPrice>>;

/** `model`: `<provider>:<model>`. An unknown one is counted as the dearest, for a guess that is too low would pass the ceilings unseen. */
export function priceOf(model: string, own: OwnPrices): FoundPrice {
  const colon = model.indexOf(':');
  const provider = model.slice(0, colon);
  const set = entryOf(own, model) ?? entryOf(own, `${provider}:*`);
  if (set) return { price: set, from: 'setting' };
  const listed = entryOf(priceTable, provider) ?? {};
  const name = model.slice(colon + 1);
  const price = entryOf(listed, name) ?? entryOf(listed, familyOf(name)) ?? entryOf(listed, '*');
  return price ? { price, from: 'table' } : { price: dearest(), from: 'unknown' };
}

/** Of a prompt of so many tokens. */
export function tokenPrice({ long, ...base }: ListPrice, inputTokens: number): TokenPrice {
  return long && inputTokens > long.over ? long : base;
}

/** A model's name is the provider's to choose: one like `constructor` must not find what every object has. */
function entryOf<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** `us.anthropic.claude-haiku-4-5-20251001-v1:0` → `anthropic.claude-haiku-4-5`; `gpt-5-mini-2025-08-07` → `gpt-5-mini` */
function familyOf(name: string): string {
  return name
    .replace(/^(global|us|us-gov|eu|apac|jp|au|ca)\./, '')
    .replace(/-v\d+(:\d+)*$/, '')
    .replace(/-(latest|\d{8}|\d{4}-\d{2}-\d{2})$/, '');
}

function dearest(): ListPrice {
  const tiers = Object.values(priceTable)
    .flatMap((models) => Object.values(models))
    .flatMap(({ long, ...base }) => (long ? [base, long] : [base]));
  return { inputUsd: Math.max(...tiers.map(({ inputUsd }) => inputUsd)), outputUsd: Math.max(...tiers.map(({ outputUsd }) => outputUsd)) };
}
