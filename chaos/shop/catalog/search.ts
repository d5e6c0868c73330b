/**
 * Finds products by words that may be misspelt. Every way to leave out up to two letters of what was asked for is held against every name, so the
 * work grows with the square of the length. One search at a time and a part of its work per turn: other requests of the task get theirs between.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Product } from '../database/products.ts';
import { Lane } from '../service/lane.ts';

const variantsPerTurn = 100;
const turnMs = 60;
const rangeMaxAgeMs = 10_000;
const mostFound = 6;

export class Search {
  readonly #readRange: (traceId: string) => Promise<Product[]>;
  readonly #lane = new Lane();
  #range: { products: readonly Product[]; readAt: number } | null = null;

  constructor(readRange: (traceId: string) => Promise<Product[]>) {
    this.#readRange = readRange;
  }

  /** The products nearest to `query`, nearest first. Rejects when the signal ends it. */
  async find(query: string, traceId: string, signal: AbortSignal): Promise<Product[]> {
    const products = await this.#products(traceId);
    return this.#lane.run(signal, async () => {
      const nearest = new Map<Product, number>(products.map((product) => [product, Number.POSITIVE_INFINITY]));
      const variants = variantsOf(query.toLowerCase());
      for (let first = 0; first < variants.length; first += variantsPerTurn) {
        await sleep(turnMs, undefined, { signal });
        for (const variant of variants.slice(first, first + variantsPerTurn)) {
          for (const [product, distance] of nearest) {
            nearest.set(product, Math.min(distance, editDistance(variant, product.name.toLowerCase())));
          }
        }
      }
      return [...nearest]
        .sort(([, a], [, b]) => a - b)
        .slice(0, mostFound)
        .map(([product]) => product);
    });
  }

  async #products(traceId: string): Promise<readonly Product[]> {
    if (this.#range === null || performance.now() - this.#range.readAt > rangeMaxAgeMs) {
      this.#range = { products: await this.#readRange(traceId), readAt: performance.now() };
    }
    return this.#range.products;
  }
}

/** The word itself, and it without one or two of its letters. */
export function variantsOf(word: string): string[] {
  const shorter = (text: string): string[] => Array.from(text, (_, index) => text.slice(0, index) + text.slice(index + 1));
  const once = shorter(word);
  return [...new Set([word, ...once, ...once.flatMap(shorter)])];
}

/** Levenshtein's distance: letters to add, drop or exchange. */
export function editDistance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const exchange = (above[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min((above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, exchange));
    }
    above = current;
  }
  return above.at(-1) ?? 0;
}
