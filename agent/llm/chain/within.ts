/** The one place where a model is waited for: by the clock that is handed in, and never longer, whether the client heeds its signal or not. */
import type { Clock } from '../../domain/clock.ts';

export type Waited<Value> = { kind: 'done'; value: Value } | { kind: 'late' } | { kind: 'aborted' };

/** Throws what `work` throws in time; what comes of it later is nobody's concern. */
export async function within<Value>(
  clock: Pick<Clock, 'sleep'>,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Waited<Value>> {
  if (signal.aborted) return { kind: 'aborted' };
  if (ms <= 0) return { kind: 'late' };
  // One controller each: listeners on a signal that outlives the call would pile up.
  const over = new AbortController();
  const aborted = Promise.withResolvers<Waited<Value>>();
  const onAbort = () => aborted.resolve({ kind: 'aborted' });
  signal.addEventListener('abort', onAbort, { once: true });
  const late = clock.sleep(ms, over.signal).then(
    (): Waited<Value> => ({ kind: 'late' }),
    // The clock was stopped because the race is over.
    (): Waited<Value> => ({ kind: 'aborted' }),
  );
  try {
    const done = work(over.signal).then((value): Waited<Value> => ({ kind: 'done', value }));
    return await Promise.race([done, late, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}
