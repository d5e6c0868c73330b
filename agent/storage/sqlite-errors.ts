/** SQLite's failures as our own: by its error codes, never by the words. */
import { InvariantError, StoreError } from '../domain/errors.ts';

export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translate(error);
  }
}
/** What the disk or a lock did is the store's failure and may pass; a broken constraint or bad SQL is ours. */
function translate(error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return new StoreError('the disk is full', { cause: error, hint: 'free space on the volume of the store; the agent goes on by itself' });
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new StoreError('the store is locked by another process', {
      cause: error,
      hint: 'look for a backup or a second process that holds a long transaction on the file',
    });
  }
  if (code.startsWith('SQLITE_CONSTRAINT') || code === 'SQLITE_ERROR' || code === 'SQLITE_RANGE') {
    return new InvariantError(`the store refused a statement (${code})`, { cause: error });
  }
  if (code.startsWith('SQLITE_') || isFileError(error)) {
    return new StoreError(`the store cannot be used (${code})`, {
      cause: error,
      hint: 'check that the file and its folder exist, are writable and are healthy (PRAGMA integrity_check)',
    });
  }
  return error;
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
