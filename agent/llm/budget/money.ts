/** Money as whole nano-dollars: sums of prices are exact, on every engine, and a token of the cheapest model is still more than nothing. */

export interface TokenPrice {
  /** US dollars per million tokens. */
  inputUsd: number;
  outputUsd: number;
}

export function nanoOf(usd: number): number {
  return Math.round(usd * 1e9);
}

export function usdOf(nano: number): number {
  return nano / 1e9;
}

/** Rounded up, so that no ceiling is passed by rounding. */
export function costNano({ inputUsd, outputUsd }: TokenPrice, tokens: { inputTokens: number; outputTokens: number }): number {
  return Math.ceil(tokens.inputTokens * nanoPerToken(inputUsd) + tokens.outputTokens * nanoPerToken(outputUsd));
}

/** A millionth of so many dollars, without the last bits that a division of floating-point numbers leaves. */
function nanoPerToken(usdPerMillion: number): number {
  return Math.round(usdPerMillion * 1e6) / 1e3;
}

/** `$0.0042`: as many digits as it takes to tell it from nothing. */
export function dollars(usd: number): string {
  const digits = usd === 0 || usd >= 1 ? 2 : Math.min(9, Math.max(2, 1 - Math.floor(Math.log10(usd))));
  return `$${usd.toFixed(digits)}`;
}
