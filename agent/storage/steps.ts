/** A transaction as a list of queries, each free to use the rows of the ones before it. */
import type { Compilable, CompiledQuery } from 'kysely';

/**
 * Yields queries, receives their rows. A generator and no async function, so that nothing but its own queries can be waited for while it
 * holds the write lock that others need.
 */
export type Steps<T> = Generator<CompiledQuery, T, readonly unknown[]>;

/** Runs one query inside a transaction: `const found = yield* rows(db.selectFrom(…))`. */
export function* rows<Row>(query: Compilable<Row>): Steps<Row[]> {
  return (yield query.compile()) as Row[];
}

/** Items in slices, for statements that bind many values at once. */
export function slices<Item>(items: readonly Item[], size = 500): Item[][] {
  const found: Item[][] = [];
  for (let start = 0; start < items.length; start += size) found.push(items.slice(start, start + size));
  return found;
}
