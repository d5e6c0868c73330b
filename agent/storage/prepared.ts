/** Statements that Kysely builds once and that run again with other values: to build one costs several times what it costs to run it. */
import type { Compilable, CompiledQuery } from 'kysely';
import { InvariantError } from '../domain/errors.ts';
import type { Steps } from './steps.ts';

export interface Prepared<Row> {
  /** The statement with these values, in the order in which the query names them. */
  with(parameters: readonly unknown[]): CompiledQuery<Row>;
  /** The same as a step of a transaction. */
  rows(parameters: readonly unknown[]): Steps<Row[]>;
}

/** `query` with stand-ins for its values; a limit is a value too, unless it is spelt as a literal. */
export function prepared<Row>(query: Compilable<Row>): Prepared<Row> {
  const compiled = query.compile();
  const count = compiled.parameters.length;
  function withValues(parameters: readonly unknown[]): CompiledQuery<Row> {
    if (parameters.length !== count) throw new InvariantError(`a statement takes ${count} values and got ${parameters.length}`);
    return { ...compiled, parameters };
  }
  return {
    with: withValues,
    *rows(parameters) {
      return (yield withValues(parameters)) as Row[];
    },
  };
}

/** One statement for each power of two, so that lists of any length need few of them. */
function bySize<Row>(build: (size: number) => Compilable<Row>): (size: number) => Prepared<Row> {
  const known = new Map<number, Prepared<Row>>();
  return (size) => {
    const statement = known.get(size) ?? prepared(build(size));
    known.set(size, statement);
    return statement;
  };
}

/** SQLite binds 32,766 values at most, PostgreSQL 65,535. */
const maxRows = 256;

/** Inserts values row by row of the statement, in as few statements as powers of two allow; answers what they return, in no order. */
export function bulkInsert<Value extends object, Row>(
  sample: Value,
  build: (values: Value[]) => Compilable<Row>,
): (values: readonly Value[]) => Steps<Row[]> {
  const columns = Object.keys(sample) as (keyof Value)[];
  const statement = bySize((size) => build(Array<Value>(size).fill(sample)));
  return function* (values) {
    const answered: Row[] = [];
    let start = 0;
    while (start < values.length) {
      const size = Math.min(maxRows, 2 ** Math.floor(Math.log2(values.length - start)));
      const parameters: unknown[] = [];
      for (let index = start; index < start + size; index += 1) {
        const value = values[index] as Value;
        for (const column of columns) parameters.push(value[column]);
      }
      const found = yield* statement(size).rows(parameters);
      for (const row of found) answered.push(row);
      start += size;
    }
    return answered;
  };
}

/** Runs a query that ends in `… in (list)`, in slices; a short list is filled up with its last value. */
export function listQuery<Value, Row>(
  build: (list: Value[]) => Compilable<Row>,
  standIn: NoInfer<Value>,
): (before: readonly unknown[], list: readonly Value[]) => Steps<Row[]> {
  const statement = bySize((size) => build(Array<Value>(size).fill(standIn)));
  return function* (before, list) {
    const answered: Row[] = [];
    for (let start = 0; start < list.length; start += maxRows) {
      const slice = list.slice(start, start + maxRows);
      const size = 2 ** Math.ceil(Math.log2(slice.length));
      const filled = [...slice, ...Array<Value>(size - slice.length).fill(slice.at(-1) as Value)];
      const found = yield* statement(size).rows([...before, ...filled]);
      for (const row of found) answered.push(row);
    }
    return answered;
  };
}
