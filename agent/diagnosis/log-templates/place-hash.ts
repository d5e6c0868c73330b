/** Numbers for token lists from which one place can be taken out again, so that all lists with one place left out cost no more than the list itself. */

export interface PlaceHash {
  high: number;
  low: number;
}

export function hashAt(token: string, at: number): PlaceHash {
  let high = 0x811c9dc5 ^ Math.imul(at + 1, 0x9e3779b1);
  let low = 0x1b873593 ^ Math.imul(at + 1, 0x85ebca6b);
  for (let index = 0; index < token.length; index += 1) {
    const code = token.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0xcc9e2d51) ^ (low >>> 15);
  }
  return { high: high >>> 0, low: low >>> 0 };
}

export function hashOf(tokens: readonly string[]): PlaceHash {
  let high = tokens.length;
  let low = tokens.length;
  for (const [at, token] of tokens.entries()) {
    const hash = hashAt(token, at);
    high = (high + hash.high) >>> 0;
    low = (low + hash.low) >>> 0;
  }
  return { high, low };
}

const lowBits = 0x1fffff;

/** Key of the list without what `taken` stands for at `at`: a whole number below 2^53. Who uses it compares the lists, for keys may meet. */
export function keyOf(whole: PlaceHash, taken: PlaceHash, at: number): number {
  const low = Math.imul(whole.low - taken.low, 31) + at;
  return ((whole.high - taken.high) >>> 0) * (lowBits + 1) + (low & lowBits);
}
