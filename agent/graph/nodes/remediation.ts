/** Remediation: one action, or the undo of one, through the ledger. Nothing else has an effect on the world. */
import { resourceKey } from '../../domain/alert.ts';
import { InvariantError } from '../../domain/errors.ts';
import type { Plan } from '../../domain/plan.ts';
import type { GateResult } from '../../domain/verdict.ts';
import type { NodeDependencies } from '../dependencies.ts';
import { changeInFlight, pastChanges } from '../policy-request.ts';
import type { Change, IncidentState } from '../state.ts';
import { triedKey } from './decision.ts';
import { defineNode, loadIncident } from './node.ts';

export function createRemediation(deps: NodeDependencies) {
  const oneAtATime = createTargetLock();
  return defineNode(deps, 'remediation', async (state, signal) => {
    const incident = await loadIncident(deps, state.incidentId);
    const undoing = state.change !== null && state.change.outcome !== null;
    const plan = undoing ? state.change?.plan : state.decided?.plan;
    const hypothesis = undoing ? state.change?.hypothesis : state.decided?.hypothesis;
    if (!plan || !hypothesis) throw new InvariantError(`incident ${incident.id} reached remediation without a plan`);
    const action = deps.catalog.find((one) => one.id === plan.action);
    if (!action) throw new InvariantError(`the plan names ${plan.action}, which is not in the catalogue`);
    const order = { incidentId: incident.id, attempt: state.round, action, plan, signal };
    const { key, outcome } = await oneAtATime(resourceKey(plan.target), () =>
      undoing
        ? deps.ledger.undo({ ...order, mayProceed: () => stopSwitch(deps) })
        : deps.ledger.apply({ ...order, mayProceed: () => lastCheck(deps, state, plan) }),
    );
    const step = undoing ? 'undo' : 'execute';
    deps.metrics.actions.inc({ action: action.id, step, applied: outcome.applied });
    deps.logger.info(
      { incidentId: incident.id, action: action.id, step, applied: outcome.applied, reason: outcome.detail },
      'change finished',
    );
    const change: Change = {
      key,
      step,
      plan,
      hypothesis,
      outcome,
      undoneAfter: undoing ? state.recovery : null,
      at: deps.clock.now().toISOString(),
    };
    // What the world refused was not tried: it may be planned anew.
    const tried = outcome.applied === 'no' ? state.tried : [...new Set([...state.tried, triedKey(action.id, plan.target, hypothesis)])];
    return { change, recovery: null, tried };
  });
}

/** What may have turned since the verdict, read again right before the effect. */
async function lastCheck(deps: NodeDependencies, state: IncidentState, plan: Plan): Promise<GateResult | null> {
  const target = resourceKey(plan.target);
  const stopped = await stopSwitch(deps);
  if (stopped) return stopped;
  if (!Object.hasOwn(deps.flags(), plan.action) || !deps.flags()[plan.action]) {
    return { gate: 'feature-flag', decision: 'deny', reason: `the flag of ${plan.action} was turned off after the verdict` };
  }
  const stale = await staleness(deps, state);
  if (stale) return { gate: 'evidence-fresh', decision: 'deny', reason: stale };
  const busy = changeInFlight(await pastChanges(deps), state.incidentId, [target]);
  if (!busy) return null;
  return { gate: 'change-in-flight', decision: 'deny', reason: `incident ${busy.incidentId} began ${busy.action} on ${target} meanwhile` };
}

/** An undo is a change too: while the switch is on, nothing is touched. */
async function stopSwitch(deps: NodeDependencies): Promise<GateResult | null> {
  return (await deps.killSwitch.isOn())
    ? { gate: 'kill-switch', decision: 'deny', reason: 'the kill switch was turned on after the verdict' }
    : null;
}

/**
 * Why the yes is too old to act on: the process may have been down since. Policy's yes ages from the verdict, a person's from the answer;
 * a person's yes to the same plan also covers a later verdict, as long as the request has not expired.
 */
async function staleness(deps: NodeDependencies, { answered, decided }: IncidentState): Promise<string | null> {
  const maxAgeMs = deps.policy.evidenceMaxAgeSeconds * 1000;
  const nowMs = deps.clock.now().getTime();
  const isFresh = (at: string | null | undefined) => typeof at === 'string' && nowMs - Date.parse(at) <= maxAgeMs;
  const age = (at: string | undefined) =>
    `${Math.round((nowMs - Date.parse(at ?? '')) / 1000)} s old, at most ${maxAgeMs / 1000} s are allowed`;
  if (answered === null) return isFresh(decided?.at) ? null : `the verdict is ${age(decided?.at)}`;
  const approval = await deps.approvals.get(answered.id);
  if (isFresh(approval?.answeredAt)) return null;
  if (!isFresh(decided?.at)) return `the verdict is ${age(decided?.at)}`;
  return approval && nowMs < Date.parse(approval.expiresAt) ? null : 'the approval of this plan has expired';
}

/** Lets one change at a time through per target, so that two incidents never both pass the last check. */
function createTargetLock() {
  const tails = new Map<string, Promise<unknown>>();
  return async <T>(target: string, work: () => Promise<T>): Promise<T> => {
    const before = tails.get(target) ?? Promise.resolve();
    const mine = before.then(work, work);
    const tail = mine.catch(() => undefined);
    tails.set(target, tail);
    try {
      return await mine;
    } finally {
      if (tails.get(target) === tail) tails.delete(target);
    }
  };
}
