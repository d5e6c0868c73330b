/** What the exit codes of `kintsugi` mean; the only place that knows them. */
import { AppError, ConfigError, InputError, UpstreamError } from '../domain/errors.ts';

export const exitCodes = {
  intact: 0,
  /** Every case got its answer. */
  answered: 0,
  /** The trail is not what was written. */
  broken: 1,
  /** A replay decides otherwise, or could not be played to its end. */
  differs: 1,
  /** Settings or arguments are wrong. */
  refused: 2,
  /** The store, a file or something outside could not be read: nothing is known. */
  unreadable: 3,
  /** Some cases got an error in place of an answer; the others were answered. */
  refusedCases: 4,
  /** The agent was asked for something and refused; it says why. */
  notDone: 5,
  /** A bug. */
  failed: 70,
} as const;

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return exitCodes.refused;
  if (error instanceof InputError) return exitCodes.notDone;
  if (error instanceof UpstreamError || (error instanceof AppError && error.code === 'STORE_UNAVAILABLE')) return exitCodes.unreadable;
  return exitCodes.failed;
}
