/**
 * Finds products by words that may be misspelt. Every way to leave out up to two letters of what was asked for is held against every name, so the
 * work grows with the square of the length. One search at a time and a part of its work per turn: other requests of the task get theirs between.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Product } from '../database/products.ts';
import { Lane } from '../service/lane.ts';

const variantsPerTurn = 45;
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
  // One row of the table: from `column` on still the row above.
  const row = Uint8Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line += 1) {
    let above = line - 1;
    row[0] = line;
    for (let column = 1; column <= to.length; column += 1) {
      const exchanged = above + (from.charCodeAt(line - 1) === to.charCodeAt(column - 1) ? 0 : 1);
      above = row[column] ?? 0;
      row[column] = Math.min(above + 1, (row[column - 1] ?? 0) + 1, exchanged);
    }
  }
  return row[to.length] ?? 0;
}
