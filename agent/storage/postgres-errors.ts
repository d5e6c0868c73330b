/** PostgreSQL's failures as our own: by its error codes, never by the words. */
import pg from 'pg';
import { AppError, InvariantError, StoreError } from '../domain/errors.ts';

/**
 * Classes of SQLSTATE that say the statement or its values are wrong (0A, 21, 22, 23, 26, 2B, 42, P0). Everything else is the server, its
 * disk, its locks or the way to it, and may pass.
 */
const ours = new Set(['0A', '21', '22', '23', '26', '2B', '42', 'P0']);

const hints: Readonly<Record<string, string>> = {
  '28': 'check user and password in DATABASE_URL',
  '3D': 'create the database that DATABASE_URL names',
  '53': 'free space on the volume of the database, or raise its limit of connections; the agent goes on by itself',
  '55': 'look for a long transaction in pg_stat_activity',
  '57': 'the server stops, starts or is overloaded; look for a long transaction in pg_stat_activity',
};

export async function guardedAsync<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  if (error instanceof pg.DatabaseError && error.code) {
    const kind = error.code.slice(0, 2);
    if (ours.has(kind)) return new InvariantError(`the store refused a statement (${error.code})`, { cause: error });
    return new StoreError(`the store cannot be used (${error.code})`, {
      cause: error,
      hint: hints[kind] ?? 'look into the log of the database server',
    });
  }
  if (error instanceof TypeError || error instanceof RangeError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return new StoreError(`the connection to the store failed${code}`, {
    cause: error,
    hint: 'check that the server of DATABASE_URL runs and can be reached; the agent goes on by itself once it can',
  });
}
