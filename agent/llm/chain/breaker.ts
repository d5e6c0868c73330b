/** A model that fails again and again is left alone for a while, so that nobody waits for it. Known to this process alone: each replica finds out by itself. */
import type { Clock } from '../../domain/clock.ts';
import type { ModelMetrics } from '../../telemetry/model-metrics.ts';

/** `closed`: it is asked. `open`: it is not. `half-open`: it has been left alone long enough; one question tries it. */
export type BreakerState = 'closed' | 'open' | 'half-open';

export interface Breakers {
  stateOf(model: string): BreakerState;
  /** Whether the model may be asked now. Whoever was let in tells how it went, by one of the three below. */
  enter(model: string): boolean;
  succeeded(model: string): void;
  failed(model: string): void;
  /** It was not the model's doing: nothing is learned. */
  left(model: string): void;
}

export interface BreakerSettings {
  failures: number;
  openMs: number;
}

interface Breaker {
  failures: number;
  /** By the monotonic clock; undefined while it is closed. */
  openedAtMs?: number;
  isTried: boolean;
}

const gaugeValue = { closed: 0, 'half-open': 1, open: 2 } as const satisfies Record<BreakerState, number>;

export function createBreakers(
  { clock, metrics }: { clock: Pick<Clock, 'monotonicMs'>; metrics: Pick<ModelMetrics, 'modelBreaker'> },
  { failures, openMs }: BreakerSettings,
): Breakers {
  const breakers = new Map<string, Breaker>();

  function stateOf(model: string): BreakerState {
    const { openedAtMs } = breakers.get(model) ?? {};
    if (openedAtMs === undefined) return 'closed';
    return clock.monotonicMs() - openedAtMs >= openMs ? 'half-open' : 'open';
  }

  function show(model: string): void {
    metrics.modelBreaker.set({ model }, gaugeValue[stateOf(model)]);
  }

  return {
    stateOf,
    enter(model) {
      const state = stateOf(model);
      const breaker = breakers.get(model) ?? { failures: 0, isTried: false };
      breakers.set(model, breaker);
      show(model);
      if (state === 'open' || (state === 'half-open' && breaker.isTried)) return false;
      breaker.isTried = state === 'half-open';
      return true;
    },
    succeeded(model) {
      breakers.set(model, { failures: 0, isTried: false });
      show(model);
    },
    failed(model) {
      const { failures: before, openedAtMs } = breakers.get(model) ?? { failures: 0 };
      const count = before + 1;
      const isOpen = count >= failures || openedAtMs !== undefined;
      breakers.set(model, { failures: count, isTried: false, ...(isOpen ? { openedAtMs: clock.monotonicMs() } : {}) });
      show(model);
    },
    left(model) {
      const breaker = breakers.get(model);
      if (breaker) breaker.isTried = false;
    },
  };
}
