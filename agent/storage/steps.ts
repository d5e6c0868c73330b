/** A transaction as a list of queries, each free to use the rows of the ones before it. */
import type { Compilable, CompiledQuery } from 'kysely';

/**
 * Yields queries, receives their rows. The store runs all of them without letting anything else in between: with `await`, a second
 * connection of this process (the checkpointer's) could ask for the write lock in mid-transaction and block the thread that has to free it.
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
