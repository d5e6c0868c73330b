/** Watches a model that orders looks: whether it still gets anywhere. Knows nothing of what it looks for. */

export interface StuckLimits {
  /** Tokens read and written without a conclusion. */
  maxTokens: number;
  /** Times it is asked to go on, whatever it orders. */
  maxTurns: number;
}

export interface Turn {
  text: string;
  /** One text per look it orders, equal for equal looks. */
  orders: readonly string[];
  /** Orders of what does not exist. */
  refused: number;
  tokens: number;
}

export interface Watch {
  /** Why it is stuck after this turn; undefined while it gets on. */
  turn(turn: Turn): string | undefined;
}

/** Once is a slip; it is told so. */
const mostRepeats = 2;
const mostRefused = 3;
/** Turns in a row that say nearly the same. */
const mostAlike = 2;
const alike = 0.8;
const fewestWords = 6;

export function createWatch({ maxTokens, maxTurns }: StuckLimits): Watch {
  const ordered = new Set<string>();
  const said: ReadonlySet<string>[] = [];
  let turns = 0;
  let tokens = 0;
  let repeats = 0;
  let refused = 0;
  let alikeInARow = 0;

  function saysTheSame(text: string): boolean {
    const words = wordsOf(text);
    if (words.size < fewestWords) return false;
    const isSame = said.some((before) => likeness(before, words) >= alike);
    said.push(words);
    return isSame;
  }

  return {
    turn(turn) {
      turns += 1;
      tokens += turn.tokens;
      refused += turn.refused;
      for (const order of turn.orders) {
        // Alternating between two looks is repeating both.
        if (ordered.has(order)) repeats += 1;
        ordered.add(order);
      }
      alikeInARow = saysTheSame(turn.text) ? alikeInARow + 1 : 0;
      if (repeats >= mostRepeats) return 'it orders the same looks again and again';
      if (refused >= mostRefused) return 'it orders looks that do not exist';
      if (alikeInARow >= mostAlike) return 'it says the same again and again';
      if (tokens > maxTokens) return `it took ${tokens} tokens without a conclusion`;
      if (turns >= maxTurns) return `it came to no conclusion in ${turns} turns`;
      return undefined;
    },
  };
}

function wordsOf(text: string): Set<string> {
  return new Set(
    text
      .slice(0, 4_000)
      .toLowerCase()
      .match(/\p{L}+/gu) ?? [],
  );
}

/** Share of words in common, 0 to 1. */
function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const shared = [...one].filter((word) => other.has(word)).length;
  return shared / (one.size + other.size - shared);
}
