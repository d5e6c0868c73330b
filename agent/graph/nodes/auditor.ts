/** Auditor: holds the analyst's ranking against what changed, re-ranks, and may veto. It can only lower a confidence. */
import { auditChanges } from '../../diagnosis/audit/audit-changes.ts';
import { EvidenceId } from '../../domain/ids.ts';
import type { NodeDependencies } from '../dependencies.ts';
import { diagnosisInput } from '../facts.ts';
import { defineNode, loadIncident, record } from './node.ts';

export function createAuditor(deps: NodeDependencies) {
  return defineNode(deps, 'auditor', async (state, { lease }) => {
    if (!state.diagnosis) return {};
    const incident = await loadIncident(deps, state.incidentId);
    const evidence = await deps.evidence.get(state.evidenceIds.map((id) => EvidenceId.parse(id)));
    const input = diagnosisInput(incident, evidence, deps.clock.now(), deps.run);
    const audited = auditChanges(state.diagnosis, input, deps.diagnosis);
    await record(deps, lease, 'auditor', 'audited', {
      vetoed: audited.vetoed,
      notes: audited.notes,
      ranked: audited.diagnosis.ranked.map(({ cause, service, taskId, confidence }) => ({ cause, service, taskId, confidence })),
    });
    return { diagnosis: audited.diagnosis };
  });
}
