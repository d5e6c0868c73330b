/**
 * How improbable is a number this large, judged by the largest numbers the same measure gave before? No distribution is assumed for the bulk, and only the tail's heaviness
 * is learnt. The past is cut into blocks (one burst shall count once, not for each of its values); of the blocks' maxima the greatest k + 1 are used:
 *
 *   log-excesses over the (k+1)th, e = log(x / u), are exponential in every heavy tail (Hill 1975), with an unknown rate. Integrating the rate out
 *   leaves P(e) = (1 + e / S)^−k, S the sum of the k known excesses: few or scattered records make the judgement careful by themselves.
 *   A block exceeds u at all with k / blocks. Surprise = −log10 of the product.
 *
 * It depends on ratios only: scale does not matter.
 */

export interface TailSettings {
  /** Values in a block. */
  block: number;
  /** How many of the greatest maxima teach the tail. */
  records: number;
  /** Blocks remembered. */
  memory: number;
}

/** Blocks to be seen before anything can be surprising. */
const fewestBlocks = 4;
/** Records closer together than this, relatively, are taken to be this far apart: readings are rounded, and ties would make any step infinitely surprising. */
const closest = 0.02;
/** Nothing is more improbable than this. */
const most = 6;

export class Tail {
  readonly #settings: TailSettings;
  /** In order of time, a ring; and the same numbers in rising order. */
  readonly #maxima: number[] = [];
  readonly #sorted: number[] = [];
  #oldest = 0;
  #current = 0;
  #inBlock = 0;

  constructor(settings: TailSettings) {
    this.#settings = settings;
  }

  get isTaught(): boolean {
    return this.#maxima.length >= fewestBlocks;
  }

  /** Surprise of the number given those before it; then it joins them. */
  judge(value: number): number {
    const surprise = this.surpriseOf(value);
    this.add(value);
    return surprise;
  }

  add(value: number): void {
    this.#current = Math.max(this.#current, value);
    this.#inBlock += 1;
    if (this.#inBlock >= this.#settings.block) this.#closeBlock();
  }

  /** Of a number ≥ 0, given those added so far: 0 … 6. */
  surpriseOf(value: number): number {
    const sorted = this.#sorted;
    const blocks = sorted.length;
    if (!this.isTaught || !(value > 0)) return 0;
    const record = (at: number) => sorted[blocks - 1 - at] ?? 0;
    let k = Math.min(this.#settings.records, blocks - 1);
    // Where nearly all was nothing, being something is the event.
    while (k > 0 && !(record(k) > 0)) k -= 1;
    if (k < fewestBlocks - 1) return Math.log10((blocks + 1) / (k + (record(0) > 0 ? 2 : 1)));
    const least = record(k);
    if (value <= least) return 0;
    let sum = 0;
    for (let at = 0; at < k; at += 1) sum += Math.log(record(at) / least);
    const excess = Math.log(value / least);
    const surprise = Math.log10(blocks / k) + k * Math.log10(1 + excess / Math.max(sum, k * closest));
    return Math.min(most, Math.max(0, surprise));
  }

  #closeBlock(): void {
    const maximum = this.#current;
    if (this.#maxima.length < this.#settings.memory) this.#maxima.push(maximum);
    else {
      this.#sorted.splice(placeOf(this.#sorted, this.#maxima[this.#oldest] ?? 0), 1);
      this.#maxima[this.#oldest] = maximum;
      this.#oldest = (this.#oldest + 1) % this.#settings.memory;
    }
    this.#sorted.splice(placeOf(this.#sorted, maximum), 0, maximum);
    this.#current = 0;
    this.#inBlock = 0;
  }
}

/** Where a number stands in rising order: before its equals. */
function placeOf(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
