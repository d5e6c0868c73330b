/** Chance that can be had again: the same seed, the same numbers. */

export interface Random {
  /** 0 ≤ x < 1 */
  next(): number;
  /** A whole number, 0 ≤ x < below. */
  below(below: number): number;
  shuffled<T>(list: readonly T[]): T[];
}

/** Mulberry32: 32 bits of state, passes the usual tests, four lines. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    shuffled(list) {
      const copy = [...list];
      for (let end = copy.length - 1; end > 0; end -= 1) {
        const other = below(end + 1);
        [copy[end], copy[other]] = [copy[other] as (typeof copy)[number], copy[end] as (typeof copy)[number]];
      }
      return copy;
    },
  };
}
