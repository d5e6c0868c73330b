/** Remediation: one action, or the undo of one, through the ledger. Nothing else has an effect on the world. */
import { actionKey, type Change as LedgerOrder } from '../../action/ledger.ts';
import { resourceKey } from '../../domain/alert.ts';
import type { Hypothesis } from '../../domain/cause.ts';
import { InvariantError } from '../../domain/errors.ts';
import type { ActionKey } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incident.ts';
import type { ActionRecord, Outcome, Plan, Step } from '../../domain/plan.ts';
import type { GateResult } from '../../domain/verdict.ts';
import type { Fence } from '../../incident/store.ts';
import { isFault } from '../../policy/in-force.ts';
import { judge, noPolicy } from '../../policy/judge.ts';
import { judgeGoingOn } from '../../policy/judge-going-on.ts';
import type { PolicySettings } from '../../policy/request.ts';
import { plannedChange, refuseApproved, useApproval } from '../approved-change.ts';
import type { NodeDependencies } from '../dependencies.ts';
import { triedKey } from '../offers.ts';
import { orNull, policyRequest } from '../policy-request.ts';
import type { Change, IncidentState } from '../state.ts';
import { defineNode, loadIncident } from './node.ts';

export function createRemediation(deps: NodeDependencies) {
  return defineNode(deps, 'remediation', async (state, { signal, lease }) => {
    const incident = await loadIncident(deps, state.incidentId);
    const undoing = state.change !== null && state.change.outcome !== null;
    const plan = undoing ? state.change?.plan : await plannedChange(deps, state);
    const hypothesis = undoing ? state.change?.hypothesis : state.decided?.hypothesis;
    if (!plan || !hypothesis) throw new InvariantError(`incident ${incident.id} reached remediation without a plan`);
    const step = undoing ? 'undo' : 'execute';
    const stale = undoing ? staleRecovery(deps, state.recovery) : null;
    // An undo that has been intended is for the ledger to read back: its call may have arrived, and no row of it may stay open.
    if (stale && !(await deps.actions.get(actionKey(incident.id, state.round, 'undo', plan)))) {
      deps.logger.warn({ incidentId: incident.id, reason: stale.reason }, 'a change is not put back yet; the services are watched anew');
      return { recovery: null };
    }
    const stopped = async () => (undoing ? ((await stopSwitch(deps)) ?? stale) : goingOn(deps, plan));
    const order = { incidentId: incident.id, attempt: state.round, plan, signal, lease, stopped };
    const mayProceed = (intent: ActionRecord) => lastCheck(deps, incident, state, hypothesis, intent, lease);
    const { key, outcome } = await carryOut(deps, step, order, mayProceed);
    deps.metrics.actions.inc({ action: plan.action, step, applied: outcome.applied });
    deps.logger.info(
      { incidentId: incident.id, action: plan.action, step, applied: outcome.applied, reason: outcome.detail },
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
    const tried = outcome.applied === 'no' ? state.tried : [...new Set([...state.tried, triedKey(plan.action, plan.target, hypothesis)])];
    return { change, recovery: null, tried };
  });
}

/** Settings may have taken the action out of the catalogue since it was planned: then nothing is done, and the world is looked at anew. */
async function carryOut(
  deps: NodeDependencies,
  step: Step,
  order: Omit<LedgerOrder, 'action'>,
  mayProceed: (intent: ActionRecord) => Promise<GateResult | null>,
): Promise<{ key: ActionKey; outcome: Outcome }> {
  const { incidentId, attempt, plan } = order;
  const action = deps.catalog.find((one) => one.id === plan.action);
  if (!action) {
    const detail = `the action ${plan.action} is not in the catalogue any more`;
    return { key: actionKey(incidentId, attempt, step, plan), outcome: { applied: 'no', detail } };
  }
  return step === 'undo' ? deps.ledger.undo({ ...order, action }) : deps.ledger.apply({ ...order, action, mayProceed });
}

/**
 * What may have turned since the verdict, read again right before the effect: the stop switch, the age of the verdict, and every gate.
 *
 * Two incidents, in one process or in two, never spend one budget twice, and no lock is held meanwhile: our own intent is on disk by now,
 * and of two intents the one with the lower number counts for the other. Whoever comes first never sees the other and goes ahead.
 */
async function lastCheck(
  deps: NodeDependencies,
  incident: Incident,
  state: IncidentState,
  hypothesis: Hypothesis,
  intent: ActionRecord,
  fence: Fence,
): Promise<GateResult | null> {
  const { seq, plan } = intent;
  const stopped = await stopSwitch(deps);
  if (stopped) return stopped;
  const request = await policyRequest(deps, incident, hypothesis, plan, state.evidenceIds);
  // One reading, the last one: an edit of the policy counts from the moment it is in force.
  const policy = deps.policy();
  if (isFault(policy)) return noPolicy(policy);
  const stale = staleness(deps, state, policy);
  if (stale) return { gate: 'evidence-fresh', decision: 'deny', reason: stale };
  const changes = request.changes?.filter((change) => change.seq < seq) ?? null;
  const { gates } = judge({ ...request, changes }, policy);
  const isAsked = state.decided?.kind === 'ask';
  const against = gates.filter(({ decision }) => decision === 'deny' || (decision === 'ask' && !isAsked));
  const first = against.find(({ gate }) => gate === 'change-in-flight') ?? against[0];
  if (first || !isAsked) return first ?? null;
  return (await refuseApproved(deps, state, intent, policy)) ?? useApproval(deps, state, intent, fence);
}

/**
 * While the switch is on nothing is touched, so an undo is not made either: whoever turned it on may be at work on the service by hand, or
 * may mistrust the agent itself. The incident is handed over, and says which change is still in place.
 */
async function stopSwitch(deps: NodeDependencies): Promise<GateResult | null> {
  return (await deps.killSwitch.isOn())
    ? { gate: 'kill-switch', decision: 'deny', reason: 'the kill switch was turned on after the verdict' }
    : null;
}

/** An operator may have taken the change back while it is made, call by call. */
async function goingOn(deps: NodeDependencies, plan: Plan): Promise<GateResult | null> {
  const stopped = await stopSwitch(deps);
  if (stopped) return stopped;
  const purpose = deps.catalog.find(({ id }) => id === plan.action)?.purpose ?? 'mend';
  const record = await orNull(deps, deps.records.of(resourceKey(plan.target), plan.action));
  return judgeGoingOn({ now: deps.clock.now().toISOString(), plan, purpose, record }, deps.policy());
}

/** What was found so long ago may have passed: the process may have been down since. Without a policy nobody says how long is too long. */
function staleRecovery({ clock, policy }: NodeDependencies, recovery: IncidentState['recovery']): GateResult | null {
  const inForce = policy();
  if (isFault(inForce) || recovery?.at === undefined) return null;
  const ageSeconds = (clock.now().getTime() - Date.parse(recovery.at)) / 1000;
  if (ageSeconds <= inForce.evidenceMaxAgeSeconds) return null;
  const reason = `the verification is ${Math.round(ageSeconds)} s old, at most ${inForce.evidenceMaxAgeSeconds} s are allowed`;
  return { gate: 'evidence-fresh', decision: 'deny', reason };
}

/**
 * Why the verdict is too old to act on: the process may have been down since, or a person took long to answer. The incident is then looked at
 * again, and a person's yes to the same plan covers the new verdict as long as the request has not expired.
 */
function staleness({ clock }: NodeDependencies, { decided }: IncidentState, { evidenceMaxAgeSeconds }: PolicySettings): string | null {
  const ageSeconds = (clock.now().getTime() - Date.parse(decided?.at ?? '')) / 1000;
  const isFresh = ageSeconds <= evidenceMaxAgeSeconds;
  return isFresh ? null : `the verdict is ${Math.round(ageSeconds)} s old, at most ${evidenceMaxAgeSeconds} s are allowed`;
}
