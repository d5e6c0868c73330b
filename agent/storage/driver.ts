/** Joins Kysely to an engine: what only reads runs at once, what writes joins the next group, so that a single statement shares a commit too. */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { InvariantError } from '../domain/errors.ts';
import type { EngineName } from './engine.ts';

type Execute = (query: CompiledQuery) => Promise<QueryResult<unknown>>;

export function dialectOf(engine: EngineName, execute: Execute): Dialect {
  const createDriver = () => driverOf(execute);
  if (engine === 'sqlite') {
    return {
      createDriver,
      createAdapter: () => new SharedSqliteAdapter(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    };
  }
  return {
    createDriver,
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

/** Kysely would let one statement wait for the other, and each would have a commit of its own. */
class SharedSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** One connection for everybody: the engine behind it decides what may run beside what. */
function driverOf(execute: Execute): Driver {
  const connection: DatabaseConnection = {
    executeQuery: <Row>(query: CompiledQuery) => execute(query) as Promise<QueryResult<Row>>,
    // biome-ignore lint/correctness/useYield: nothing is streamed
    streamQuery: async function* () {
      throw unsupported();
    },
  };
  return {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: async () => Promise.reject(unsupported()),
    commitTransaction: async () => Promise.reject(unsupported()),
    rollbackTransaction: async () => Promise.reject(unsupported()),
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}

function unsupported(): Error {
  return new InvariantError('transactions go through `write`, and nothing is streamed');
}
