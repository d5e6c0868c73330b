/** Auditor: holds the analyst's ranking against what changed, re-ranks, and may veto. It can only lower a confidence, and so can who gives a second opinion. */
import { auditChanges } from '../../diagnosis/audit/audit-changes.ts';
import { EvidenceId } from '../../domain/ids.ts';
import type { NodeDependencies } from '../dependencies.ts';
import { diagnosisInput } from '../facts.ts';
import { secondOpinion } from '../second-opinion.ts';
import { defineNode, loadIncident, record } from './node.ts';

export function createAuditor(deps: NodeDependencies) {
  return defineNode(deps, 'auditor', async (state, { signal, lease }) => {
    if (!state.diagnosis) return {};
    const incident = await loadIncident(deps, state.incidentId);
    const evidence = await deps.evidence.get(state.evidenceIds.map((id) => EvidenceId.parse(id)));
    const input = diagnosisInput(incident, evidence, deps.clock.now(), deps.run);
    const audited = auditChanges(state.diagnosis, input, deps.diagnosis);
    const opinion = await secondOpinion(deps, { incident, evidence, focus: state.focus, diagnosis: audited.diagnosis }, signal);
    const diagnosis = opinion?.diagnosis ?? audited.diagnosis;
    await record(deps, lease, 'auditor', 'audited', {
      vetoed: audited.vetoed,
      notes: [...audited.notes, ...(opinion?.notes ?? [])],
      ranked: diagnosis.ranked.map(({ cause, service, taskId, confidence }) => ({ cause, service, taskId, confidence })),
      ...(opinion ? { secondOpinion: opinion.told } : {}),
    });
    return { diagnosis };
  });
}
