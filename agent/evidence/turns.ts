/**
 * Whose turn it is to ask the sources. A round is some forty queries: with every incident of a storm at it at once, the sources would be
 * overrun, each round would miss its deadline, and nothing else of this process would get to work.
 */
export interface Turns {
  /** Runs the round when it is its turn, first come first served. Rejects with the signal's reason when that comes first. */
  take<T>(round: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface TurnOptions {
  /** Rounds at once. */
  atOnce: number;
  /** Waited for before each round: something else goes first. */
  letPass?: (signal: AbortSignal) => Promise<void>;
}

export function createTurns({ atOnce, letPass }: TurnOptions): Turns {
  let running = 0;
  const waiting = new Set<() => void>();

  async function begin(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (running < atOnce) {
      running += 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    const giveUp = () => {
      waiting.delete(turn.resolve);
      turn.reject(signal.reason);
    };
    waiting.add(turn.resolve);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      await turn.promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Hands the place over rather than giving it back: nobody can come in between. */
  function end(): void {
    const [next] = waiting;
    if (!next) running -= 1;
    else {
      waiting.delete(next);
      next();
    }
  }

  return {
    async take(round, signal) {
      await begin(signal);
      try {
        await letPass?.(signal);
        signal.throwIfAborted();
        return await round();
      } finally {
        end();
      }
    },
  };
}
