/**
 * Looks at Alertmanager and Prometheus once per period and feeds what fires there and nobody told us of into the inbox of the webhooks,
 * so that lost, swallowed and cut notifications heal. It closes nothing: that an alert is not shown says nothing about the service.
 */
import { AppError } from '../../domain/errors.ts';
import { type AlertmanagerSettings, createAlertmanager } from './alertmanager.ts';
import { createLook, type LookDependencies, type LookSettings } from './look.ts';

export interface ReconcilerDependencies extends Omit<LookDependencies, 'alertmanager'> {
  fetch: typeof fetch;
}

export interface ReconcilerSettings extends LookSettings {
  alertmanager: AlertmanagerSettings;
}

export interface Reconciler {
  start(): void;
  /** A notification said that alerts were left out: looks within seconds; several calls make one look. */
  lookSoon(): void;
  /** Resolves when no look is under way any more. */
  stop(): Promise<void>;
}

/** So long calls are gathered before a look out of turn; also the least time between two of them. */
const soonMs = 2_000;
/** Alerts that come of age one by one do not make more looks than this in one period. */
const looksPerPeriod = 4;

export function createReconciler({ fetch: fetcher, ...deps }: ReconcilerDependencies, settings: ReconcilerSettings): Reconciler {
  const { clock, logger, metrics, store } = deps;
  const look = createLook({ ...deps, alertmanager: createAlertmanager(settings.alertmanager, fetcher) }, settings);
  const stopping = new AbortController();
  let nap = new AbortController();
  let soon = false;
  let isEarly = false;

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      nap = new AbortController();
      let pauseMs = settings.periodMs;
      try {
        pauseMs = (await turn()) - clock.monotonicMs();
      } catch (error) {
        if (stopping.signal.aborted) return;
        metrics.lookFailures.inc({ source: 'store', reason: error instanceof AppError ? error.code : 'unknown' });
        logger.error({ err: error }, 'a look could not be finished');
      }
      if (soon) continue;
      await clock.sleep(Math.max(0, pauseMs), AbortSignal.any([nap.signal, stopping.signal])).catch(() => undefined);
    }
  }

  /** When the next one is due, by the monotonic clock. */
  async function turn(): Promise<number> {
    const outOfTurn = soon;
    if (outOfTurn) {
      await clock.sleep(soonMs, stopping.signal);
      soon = false;
    }
    const mine = await store.takeTurn(settings.periodMs, { force: outOfTurn || isEarly });
    const takenAt = clock.monotonicMs();
    isEarly = false;
    // Half a period of grace keeps the turn with one process: it remembers what it saw last time.
    if (!mine.taken) return takenAt + mine.freeInMs + settings.periodMs / 2;
    const worthIt = await look({ soon: outOfTurn, signal: stopping.signal });
    const next = takenAt + settings.periodMs;
    if (worthIt === undefined) return next;
    const early = clock.monotonicMs() + Math.max(settings.periodMs / looksPerPeriod, worthIt);
    isEarly = early < next;
    return Math.min(next, early);
  }

  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      // An agent that never once gets an answer must be noticed as well.
      for (const source of ['alertmanager', 'prometheus']) metrics.lastLook.set({ source }, clock.now().getTime() / 1000);
      running = loop();
    },
    lookSoon() {
      soon = true;
      nap.abort();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
