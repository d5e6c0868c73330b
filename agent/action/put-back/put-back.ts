/**
 * Puts back what was meant for a time only, once its incident is over: durably, by one process at a time, and through the ledger, so that it
 * is done once whatever dies in between. It waits while the policy stops it, and gives up, and says so, when somebody changed what was set.
 */
import type { Clock } from '../../domain/clock.ts';
import { InvariantError, LeaseLostError } from '../../domain/errors.ts';
import type { ActionRecord, Plan } from '../../domain/plan.ts';
import type { GateResult } from '../../domain/verdict.ts';
import type { Hold } from '../../incident/lease.ts';
import type { Fence } from '../../incident/store.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { PutBackMetrics, RunMetrics } from '../../telemetry/metrics.ts';
import type { Action } from '../action.ts';
import type { ActionStore } from '../action-store.ts';
import { isUndoOf, type Ledger } from '../ledger.ts';
import type { PutBack, PutBackEnd, PutBackStore } from './store.ts';

/** Why the policy stops it right now; null when it may be put back. */
export type PutBackCheck = (change: Pick<ActionRecord, 'incidentId' | 'plan'>) => Promise<GateResult | null>;

export interface PutBackDependencies {
  /** Names this process in its leases. */
  owner: string;
  store: PutBackStore;
  actions: ActionStore;
  ledger: Ledger;
  catalog: readonly Action[];
  check: PutBackCheck;
  clock: Clock;
  logger: Logger;
  metrics: PutBackMetrics & Pick<RunMetrics, 'actions'>;
}

export interface PutBackLoop {
  start(): void;
  /** Everything that is due now, one after the other. */
  round(): Promise<void>;
  /** Begins nothing more; what is under way may end by itself for this long, milliseconds. What is cut short is read back at the next start. */
  stop(deadlineMs: number): Promise<void>;
}

const pollMs = 10_000;
/** Longer than one try takes: the reads and looks around one call. */
const leaseMs = 120_000;
const retryMs = 60_000;
const maxRetryMs = 900_000;
/** After a day nobody remembers why it waits, and a person decides. */
const giveUpMs = 86_400_000;

type Step = { end: PutBackEnd; reason: string } | { wait: string; tried: boolean };

export function createPutBackLoop(deps: PutBackDependencies): PutBackLoop {
  const { store, clock, logger } = deps;
  const stopping = new AbortController();
  const over = new AbortController();

  async function round(): Promise<void> {
    while (!stopping.signal.aborted) {
      const sinceMs = clock.monotonicMs();
      const claimed = await store.claim(deps.owner, leaseMs);
      if (!claimed) return;
      const { owed, fence } = claimed;
      try {
        await finish(owed, fence, await attempt(deps, owed, holdOf(store, clock, fence, sinceMs), over.signal));
      } catch (error) {
        if (over.signal.aborted) return;
        if (error instanceof LeaseLostError) logger.info({ key: owed.key }, 'a change is put back by another process');
        else {
          // One that fails again and again holds nobody up, and is given up in the end.
          logger.error({ err: error, key: owed.key }, 'a change could not be put back');
          await finish(owed, fence, later(error instanceof Error ? error.message : String(error)));
        }
      }
    }
  }

  async function finish({ key, dueAt, tries, reason: before }: PutBack, fence: Fence, step: Step): Promise<void> {
    const overdueMs = clock.now().getTime() - Date.parse(dueAt);
    if ('wait' in step && overdueMs < giveUpMs) {
      if (step.wait !== before) logger.info({ key, reason: step.wait }, 'a change is not put back yet');
      return store.postpone(fence, step.wait, Math.min(maxRetryMs, retryMs * 2 ** tries), step.tried);
    }
    const { end, reason } =
      'wait' in step ? ({ end: 'given-up', reason: `not put back within a day after it was due: ${step.wait}` } as const) : step;
    await store.settle(fence, end, reason);
    deps.metrics.putBacks.inc({ end });
    if (end === 'done') logger.info({ key, reason }, 'a change was put back');
    else logger.warn({ key, reason }, 'a change is left in place for a person to put back');
  }

  async function rounds(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await round();
      } catch (error) {
        logger.error({ err: error }, 'what is owed could not be put back; tried again later');
      }
      await clock.sleep(pollMs, stopping.signal).catch(() => undefined);
    }
  }

  let running: Promise<void> = Promise.resolve();
  return {
    round,
    start() {
      running = rounds();
    },
    async stop(deadlineMs) {
      stopping.abort();
      const inTime = new AbortController();
      const overdue = clock.sleep(deadlineMs, inTime.signal).then(
        () => over.abort(),
        () => undefined,
      );
      await running;
      inTime.abort();
      await overdue;
    },
  };
}

async function attempt(deps: PutBackDependencies, owed: PutBack, lease: Hold, signal: AbortSignal): Promise<Step> {
  const change = await deps.actions.get(owed.key);
  if (!change) throw new InvariantError(`${owed.key} is to be put back but was never made`);
  if (change.status === 'failed') return { end: 'done', reason: 'the change was never made' };
  const { plan } = change;
  const tries = (await deps.actions.ofIncident(owed.incidentId)).filter((row) => isUndoOf(owed.key, row));
  const done = tries.find(({ status }) => status === 'done');
  if (done) return { end: 'done', reason: done.detail };
  const action = deps.catalog.find(({ id }) => id === plan.action);
  if (!action) return later(`${plan.action} is not in the catalogue`);

  // One that was cut short is for the ledger to read back, before anything else is asked.
  const isCutShort = tries.some(({ status }) => status === 'intended');
  if (!isCutShort) {
    const against = await deps.check(change);
    if (against) return later(against.reason);
    const moved = await standing(deps, action, plan, tries, lease, signal);
    if (moved) return moved;
  }
  const order = { change, attempt: owed.tries + 1, action, signal, lease, stopped: () => deps.check(change) };
  const { outcome } = await deps.ledger.putBack(order);
  deps.metrics.actions.inc({ action: action.id, step: 'undo', applied: outcome.applied });
  return outcome.applied === 'yes' ? { end: 'done', reason: outcome.detail } : { wait: outcome.detail, tried: true };
}

/** Null while the change is in place as it was made; otherwise what that means. */
async function standing(
  { actions }: PutBackDependencies,
  action: Action,
  plan: Plan,
  tries: readonly ActionRecord[],
  lease: Hold,
  signal: AbortSignal,
): Promise<Step | null> {
  const seen = await action.look(plan, signal);
  if (seen.applied === 'unknown') return later(seen.detail);
  if (seen.applied === 'yes') return null;
  const before = (await action.lookUndone?.(plan, signal)) ?? seen;
  if (before.applied === 'unknown') return later(before.detail);
  if (before.applied === 'no') return { end: 'given-up', reason: `somebody changed it since: ${before.detail}` };
  // A try whose answer was lost has had its effect after all.
  const lost = tries.findLast(({ status }) => status === 'unknown');
  if (lost) await actions.finish(lost.key, 'done', before.detail, lease);
  return { end: 'done', reason: before.detail };
}

function later(wait: string): Step {
  return { wait, tried: false };
}

function holdOf(store: PutBackStore, clock: Clock, fence: Fence, sinceMs: number): Hold {
  let endsMs = sinceMs + leaseMs;
  return {
    ...fence,
    leftMs: () => Math.max(0, endsMs - clock.monotonicMs()),
    async renew() {
      const fromMs = clock.monotonicMs();
      if (!(await store.renew(fence, leaseMs))) {
        endsMs = 0;
        throw new LeaseLostError(fence.incidentId);
      }
      endsMs = fromMs + leaseMs;
    },
  };
}
