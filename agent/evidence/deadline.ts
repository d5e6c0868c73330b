/** The time one answer has: whatever is not read by then becomes a reason in the answer, and only the caller's own signal ends it. */
import { AppError, UpstreamError } from '../domain/errors.ts';
import { failureText } from './answer.ts';

export interface Deadline {
  /** Ends with the time or with the caller's signal, whichever comes first. */
  signal: AbortSignal;
  /** Why a part failed, in words; throws the reason of the caller's signal once that has ended. */
  reasonOf(error: unknown): string;
}

export function deadlineOf(system: string, timeoutMs: number, caller: AbortSignal): Deadline {
  const time = AbortSignal.timeout(timeoutMs);
  return {
    signal: AbortSignal.any([caller, time]),
    reasonOf(error) {
      caller.throwIfAborted();
      const isOver = time.aborted && !(error instanceof AppError);
      return failureText(isOver ? new UpstreamError(system, 'timeout', `no answer within ${timeoutMs} ms`) : error);
    },
  };
}
