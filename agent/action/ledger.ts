/**
 * The one way to change the world: intent and audit entry on disk → look → effect → outcome and audit entry on disk. It decides nothing; it
 * makes sure that one intended change takes effect once, whatever dies in between, and that nothing happens which cannot be recorded.
 */
import { resourceKey } from '../domain/alert.ts';
import type { Clock } from '../domain/clock.ts';
import { InvariantError, LeaseLostError } from '../domain/errors.ts';
import { ActionKey, IncidentId } from '../domain/ids.ts';
import type { ActionRecord, Applied, Outcome, Plan, Step } from '../domain/plan.ts';
import type { GateResult } from '../domain/verdict.ts';
import type { Hold } from '../incident/lease.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Action, Effect, Permit, Reach } from './action.ts';
import type { ActionStore } from './action-store.ts';

export interface LedgerDeps {
  store: ActionStore;
  clock: Clock;
  logger?: Logger;
  /** Pauses before each look at the world after a lost answer or a crash, milliseconds; ECS's reads lag behind its writes. */
  lookAfterMs?: readonly number[];
}

export interface Change {
  incidentId: IncidentId;
  /** Which try of this incident it is; a new try is a new change. */
  attempt: number;
  action: Action;
  plan: Plan;
  signal: AbortSignal;
  /** Of the run that makes the change. */
  lease: Hold;
  /** Why no change at all may be made right now; null when one may. Asked once more after the last look at the world. */
  stopped: () => Promise<GateResult | null>;
}

export interface Ledger {
  /** Makes the planned change once. `mayProceed` is asked right before the effect, with the intent on disk; anything but null stops it. */
  apply(
    change: Change & { mayProceed: (intent: ActionRecord) => Promise<GateResult | null> },
  ): Promise<{ key: ActionKey; outcome: Outcome }>;
  /** Puts back what the change made, once. */
  undo(change: Change): Promise<{ key: ActionKey; outcome: Outcome }>;
  /**
   * The same after the incident, for a change that was meant for a time only and under the lease of that obligation. A try without effect is
   * over; the next one has another number and is another change.
   */
  putBack(order: PutBackOrder): Promise<{ key: ActionKey; outcome: Outcome }>;
}

export interface PutBackOrder extends Omit<Change, 'incidentId' | 'attempt' | 'plan'> {
  change: ActionRecord;
  /** 1 for the first. */
  attempt: number;
}

interface Move {
  key: ActionKey;
  step: Step;
  change: Change;
  act: (plan: Plan, effect: Effect) => Promise<Outcome>;
  look: (plan: Plan) => Promise<Outcome>;
  mayProceed: (intent: ActionRecord) => Promise<GateResult | null>;
}

/** Together longer than a permit is valid: a call that a process sent with its last breath is there to be seen before the next one acts. */
const defaultLookAfterMs = [0, 1000, 2000, 2000];

/** How long what was true when it was asked may still be acted on. Far below the 5 s in which the kill switch has to take effect. */
const permitMs = 2_000;

const statusOf = { yes: 'done', no: 'failed', unknown: 'unknown' } as const satisfies Record<Applied, ActionRecord['status']>;
const appliedOf = { done: 'yes', failed: 'no', unknown: 'unknown' } as const satisfies Record<string, Applied>;

/**
 * `<incident>/<attempt>/<step>/<action>/<target>`: the same change has the same key on every replica and after every restart.
 * The store refuses another plan under a key it knows.
 */
export function actionKey(incidentId: IncidentId, attempt: number, step: Step, plan: Plan): ActionKey {
  return ActionKey.parse([incidentId, attempt, step, plan.action, resourceKey(plan.target)].join('/'));
}

/** Of the undo of that change within its incident; what is put back later has this key and `/put-back-<try>` after it. */
export function undoKey(change: ActionKey): ActionKey {
  return ActionKey.parse(change.replace('/execute/', '/undo/'));
}

/** Whether one row of the ledger takes that change back, at once or later. */
export function isUndoOf(change: ActionKey, { key }: Pick<ActionRecord, 'key'>): boolean {
  const undone = undoKey(change);
  return key === undone || key.startsWith(`${undone}/`);
}

export function createLedger(deps: LedgerDeps): Ledger {
  // Two calls with one key in one process share one run. Between processes the incident's lease keeps the second out.
  const underWay = new Map<ActionKey, Promise<Outcome>>();

  async function once(move: Move): Promise<{ key: ActionKey; outcome: Outcome }> {
    const { key } = move;
    let run = underWay.get(key);
    if (!run) {
      run = make(deps, move).finally(() => underWay.delete(key));
      underWay.set(key, run);
    }
    return { key, outcome: await run };
  }

  function undoAs(key: ActionKey, change: Change): Promise<{ key: ActionKey; outcome: Outcome }> {
    const { action, signal, plan } = change;
    const { undo, lookUndone } = action;
    if (plan.undo.kind === 'none') {
      return Promise.resolve({ key, outcome: { applied: 'no', detail: `nothing can be put back: ${plan.undo.reason}` } });
    }
    if (!undo || !lookUndone) throw new InvariantError(`${action.id} plans an undo but has none`);
    const act = (intended: Plan, given: Effect) => undo.call(action, intended, given);
    const look = (intended: Plan) => lookUndone.call(action, intended, signal);
    return once({ key, step: 'undo', change, act, look, mayProceed: change.stopped });
  }

  return {
    apply(change) {
      const { action, signal } = change;
      const key = actionKey(change.incidentId, change.attempt, 'execute', change.plan);
      const act = (plan: Plan, given: Effect) => action.execute(plan, given);
      const look = (plan: Plan) => action.look(plan, signal);
      return once({ key, step: 'execute', change, act, look, mayProceed: change.mayProceed });
    },

    undo(change) {
      return undoAs(actionKey(change.incidentId, change.attempt, 'undo', change.plan), change);
    },

    putBack({ change: { key, incidentId, plan }, ...order }) {
      return undoAs(ActionKey.parse(`${undoKey(key)}/put-back-${order.attempt}`), {
        ...order,
        incidentId: IncidentId.parse(incidentId),
        plan,
      });
    },
  };
}

async function make(deps: LedgerDeps, move: Move): Promise<Outcome> {
  const { store } = deps;
  const { key, step, change } = move;
  const { created, record } = await store.intend({ key, incidentId: change.incidentId, step, plan: change.plan }, change.lease);
  if (record.status !== 'intended') {
    return { applied: appliedOf[record.status], detail: record.detail };
  }
  if (created) return settle(deps, move, await effect(deps, move, record));
  // An earlier run got this far and died: its call may have arrived, or may still be on its way.
  const seen = await readBack(deps, move, record.plan);
  deps.logger?.info({ key, applied: seen.applied, reason: seen.detail }, 'unfinished change read back');
  if (seen.applied !== 'no' && !seen.isPartial) return settle(deps, move, seen);
  const rest = await effect(deps, move, record);
  // What was done before the death stays done, whatever became of the rest.
  const isLeft = seen.isPartial && rest.applied === 'no';
  return settle(deps, move, isLeft ? { applied: 'yes', detail: `${seen.detail}; not the rest: ${rest.detail}` } : rest);
}

async function effect(deps: LedgerDeps, move: Move, intent: ActionRecord): Promise<Outcome> {
  const { key, change } = move;
  const { plan } = intent;
  const gate = await lastGate(() => move.mayProceed(intent));
  if (gate) return { applied: 'no', detail: gate };
  change.signal.throwIfAborted();
  let outcome: Outcome;
  try {
    outcome = await move.act(plan, { signal: change.signal, key, reach: reachOf(change.action, plan), permit: () => permit(deps, change) });
  } catch (error) {
    if (error instanceof InvariantError || error instanceof LeaseLostError) throw error;
    outcome = { applied: 'unknown', detail: `${plan.action} failed in an unexpected way: ${textOf(error)}` };
  }
  if (outcome.applied !== 'unknown') return outcome;
  const seen = await readBack(deps, move, plan);
  deps.logger?.warn({ key: move.key, applied: seen.applied, reason: outcome.detail }, 'lost answer read back');
  return { applied: seen.applied, detail: `${outcome.detail}; read back: ${seen.detail}` };
}

function reachOf(action: Action, plan: Plan): Reach {
  return { action: action.id, rights: action.touches?.(plan) ?? action.rights?.(plan) ?? [] };
}

/** Null when the change may go on. A gate that cannot be read stops it. */
async function lastGate(ask: () => Promise<GateResult | null>): Promise<string | null> {
  try {
    const gate = await ask();
    return gate && `stopped by ${gate.gate} right before the effect: ${gate.reason}`;
  } catch (error) {
    return `stopped: the last check before the effect could not be made: ${textOf(error)}`;
  }
}

/**
 * The lease is renewed each time, which proves it is ours and gives the call a whole lease to be made in. Time is counted from before the
 * questions, so that a process that stood still after them finds its permit over.
 */
async function permit({ clock }: LedgerDeps, { lease, stopped }: Change): Promise<Permit> {
  const askedMs = clock.monotonicMs();
  try {
    await lease.renew();
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    return { refused: `the lease could not be renewed: ${textOf(error)}` };
  }
  const against = await lastGate(stopped);
  if (against) return { refused: against };
  return { isValid: () => clock.monotonicMs() - askedMs < permitMs && lease.leftMs() > 0 };
}

/** Looks until the whole effect is seen or the looks are used up; the last answer stands, so a slow call gets all the time there is. */
async function readBack(deps: LedgerDeps, move: Move, plan: Plan): Promise<Outcome> {
  const { signal } = move.change;
  let seen: Outcome = { applied: 'unknown', detail: 'not looked at' };
  for (const pauseMs of deps.lookAfterMs ?? defaultLookAfterMs) {
    await deps.clock.sleep(pauseMs, signal);
    try {
      seen = await move.look(plan);
    } catch (error) {
      signal.throwIfAborted();
      seen = { applied: 'unknown', detail: textOf(error) };
    }
    if (seen.applied === 'yes' && !seen.isPartial) return seen;
  }
  return seen;
}

async function settle(deps: LedgerDeps, move: Move, outcome: Outcome): Promise<Outcome> {
  await deps.store.finish(move.key, statusOf[outcome.applied], outcome.detail, move.change.lease);
  return outcome;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
