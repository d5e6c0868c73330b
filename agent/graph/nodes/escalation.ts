/** Escalation: hands the incident to a human with everything found, and closes our part of it. */
import { ActionKey } from '../../domain/ids.ts';
import type { NodeDependencies } from '../dependencies.ts';
import type { IncidentState } from '../state.ts';
import { defineNode, loadIncident, record } from './node.ts';

export function createEscalation(deps: NodeDependencies) {
  return defineNode(deps, 'escalation', async (state) => {
    const incident = await loadIncident(deps, state.incidentId);
    const reason = escalationReason(state);
    // A change nobody verified must not look in flight for ever.
    if (state.change?.step === 'execute' && !state.recovery) await deps.actions.judge(ActionKey.parse(state.change.key), 'unproven');
    await record(deps, incident.id, 'escalation', 'escalated', {
      reason,
      diagnosis: state.diagnosis,
      notAllowed: state.decided?.verdict?.gates.filter((gate) => gate.decision !== 'pass') ?? [],
      tried: state.tried,
      change: state.change && { key: state.change.key, step: state.change.step, outcome: state.change.outcome },
      recovery: state.recovery,
    });
    await deps.incidents.close(incident.id, 'escalated', reason);
    deps.metrics.outcomes.inc({ outcome: 'escalated' });
    deps.logger.warn({ incidentId: incident.id, service: incident.resource.service, reason }, 'incident escalated');
    return {};
  });
}

/** The last thing that stood in the way, in one sentence. */
export function escalationReason(state: Pick<IncidentState, 'decided' | 'answered' | 'change' | 'recovery' | 'diagnosis'>): string {
  if (state.recovery) return `${state.recovery.result}: ${state.recovery.reasons.join(' ')}`;
  const outcome = state.change?.outcome;
  if (outcome && outcome.applied !== 'yes') return `the change was not made (applied: ${outcome.applied}): ${outcome.detail}`;
  if (state.answered && state.answered.answer !== 'approved') {
    return state.answered.answer === 'expired'
      ? 'nobody answered the approval in time'
      : `${state.answered.by ?? 'somebody'} rejected the plan`;
  }
  return state.decided?.reason ?? state.diagnosis?.reason ?? 'the run ended without a decision';
}
