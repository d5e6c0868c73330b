/** Escalation: hands the incident to a human with everything found, and closes our part of it. */
import { resourceKey } from '../../domain/alert.ts';
import { EvidenceId } from '../../domain/ids.ts';
import type { ActionRecord } from '../../domain/plan.ts';
import { nextSteps } from '../../report/next-steps.ts';
import type { NodeDependencies } from '../dependencies.ts';
import { onlyTells } from '../edges.ts';
import { settleChanges } from '../settle-changes.ts';
import type { IncidentState } from '../state.ts';
import { defineNode, loadIncident, record } from './node.ts';

export function createEscalation(deps: NodeDependencies) {
  return defineNode(deps, 'escalation', async (state, { lease }) => {
    const incident = await loadIncident(deps, state.incidentId);
    await settleChanges(deps.actions, lease);
    const changes = await deps.actions.ofIncident(incident.id);
    const reason = [escalationReason(state), ...madeSoFar(changes)].join('; ');
    const evidence = await deps.evidence.get(state.evidenceIds.map((id) => EvidenceId.parse(id)));
    const gates = state.decided?.verdict?.gates ?? [];
    const next = nextSteps({
      outcome: 'escalated',
      conclusion: state.diagnosis?.conclusion ?? null,
      claim: state.diagnosis?.ranked[0] ?? null,
      sources: evidence,
      gates,
      changes,
      lastVerification: state.recovery,
    });
    await record(deps, lease, 'escalation', 'escalated', {
      reason,
      diagnosis: state.diagnosis,
      next,
      notAllowed: gates.filter((gate) => gate.decision !== 'pass'),
      changes: changes.map(({ key, step, status, detail, verified }) => ({ key, step, status, detail, verified })),
      recovery: state.recovery,
    });
    await deps.incidents.close('escalated', reason, lease);
    deps.metrics.outcomes.inc({ outcome: 'escalated' });
    deps.logger.warn({ incidentId: incident.id, service: incident.resource.service, reason, next }, 'incident escalated');
    return {};
  });
}

/** The last thing that stood in the way, in one sentence. */
export function escalationReason(state: Pick<IncidentState, 'decided' | 'answered' | 'change' | 'recovery' | 'diagnosis'>): string {
  const undone = state.change?.undoneAfter;
  const before = undone ? `${undone.result}: ${undone.reasons.join(' ')} ` : '';
  if (state.recovery) return `${before}${undone ? 'After the undo ' : ''}${state.recovery.result}: ${state.recovery.reasons.join(' ')}`;
  const outcome = state.change?.outcome;
  if (outcome && state.decided && onlyTells(state.decided))
    return `${state.decided.reason}; ${state.change?.plan.summary}: ${outcome.detail}`;
  if (outcome && outcome.applied !== 'yes') {
    return `${before}${undone ? 'The undo' : 'The change'} was not made (applied: ${outcome.applied}): ${outcome.detail}.`;
  }
  if (state.answered && state.answered.answer !== 'approved') {
    return state.answered.answer === 'expired'
      ? 'nobody answered the approval in time'
      : `${state.answered.by ?? 'somebody'} rejected the plan`;
  }
  return state.decided?.reason ?? state.diagnosis?.reason ?? 'the run ended without a decision';
}

function madeSoFar(changes: readonly ActionRecord[]): string[] {
  const made = changes.filter(({ status }) => status !== 'failed');
  if (made.length === 0) return [];
  const words = made.map(
    ({ step, plan, verified }) =>
      `${step === 'undo' ? 'undo of ' : ''}${plan.action} on ${resourceKey(plan.target)}${verified ? ` (${verified})` : ''}`,
  );
  return [`Changes made: ${words.join(', ')}.`];
}
