/**
 * Confidence arithmetic, the same for every rule: a base for the bare pattern, plus what strengthens it, minus what is missing or
 * speaks against it, then the lowest cap that applies. Never above 0.95: a rule can always be wrong.
 */

export const highest = 0.95;

export interface Weight {
  when: boolean;
  /** Positive strengthens, negative weakens. */
  add: number;
  /** A sentence for `because`; weakening ones are told too. */
  why: string;
}

export interface Cap {
  when: boolean;
  atMost: number;
  why: string;
}

export interface Score {
  confidence: number;
  /** The lowest cap that applied, where one did. */
  atMost?: number;
  because: string[];
}

export function score(base: number, why: readonly string[], weights: readonly Weight[], caps: readonly Cap[] = []): Score {
  const because = [...why];
  let confidence = base;
  for (const weight of weights) {
    if (!weight.when) continue;
    confidence += weight.add;
    because.push(weight.why);
  }
  let limit = highest;
  for (const cap of caps) {
    if (!cap.when) continue;
    limit = Math.min(limit, cap.atMost);
    because.push(cap.why);
  }
  const capped = limit < highest ? { atMost: limit } : {};
  return { confidence: Math.round(Math.max(0, Math.min(limit, confidence)) * 100) / 100, ...capped, because };
}
