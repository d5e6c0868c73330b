/**
 * Investigator: where the rules came to no conclusion and no further look is left, a model may pick from what the rules hold possible. Its pick is a
 * proposal for a person. Reads only; without a chain of models it does nothing. One incident is investigated once.
 */
import { isSameClaim, type PossibleClaim, possibleClaims } from '../../diagnosis/possible/possible-claims.ts';
import type { Evidence } from '../../domain/evidence.ts';
import { EvidenceId } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incident.ts';
import type { NodeDependencies } from '../dependencies.ts';
import { diagnosisInput } from '../facts.ts';
import { investigate } from '../investigate.ts';
import { orNull } from '../policy-request.ts';
import type { IncidentState } from '../state.ts';
import { defineNode, loadIncident, record } from './node.ts';

export function createInvestigator(deps: NodeDependencies) {
  return defineNode(deps, 'investigator', async (state, run) => {
    const earlier = state.proposal?.hypothesis ?? null;
    const isAsked = !state.proposal && deps.adviser.isOn('analysis');
    if (!state.diagnosis || (earlier === null && !isAsked)) return {};
    const incident = await loadIncident(deps, state.incidentId);
    const evidence = await deps.evidence.get(state.evidenceIds.map((id) => EvidenceId.parse(id)));
    const possible = await possibleIn(deps, incident, evidence, state);
    // What was proposed before, and may have been agreed to since, stands as long as it is possible.
    if (earlier) return possible.some((claim) => isSameClaim(claim, earlier)) ? {} : { proposal: { hypothesis: null } };
    const about = { incident, diagnosis: state.diagnosis, evidence, focus: state.focus, possible };
    const { result, reason, hypothesis, model, looks } = await investigate(deps, about, run);
    await record(deps, run.lease, 'investigator', 'investigated', {
      result,
      reason,
      ranked: hypothesis ? [hypothesis] : [],
      possible: possible.length,
      model,
      looks,
    });
    deps.metrics.investigations.inc({ result });
    deps.logger.info({ incidentId: incident.id, result, model }, 'investigation finished');
    return { proposal: { hypothesis } };
  });
}

async function possibleIn(
  deps: NodeDependencies,
  incident: Incident,
  evidence: readonly Evidence[],
  { focus, neighbours }: IncidentState,
): Promise<PossibleClaim[]> {
  const known = (await orNull(deps, deps.inventory.services(incident.resource.cluster))) ?? [];
  const services = [...focus, ...neighbours].filter((service) => known.includes(service));
  return possibleClaims(diagnosisInput(incident, evidence, deps.clock.now(), deps.run), deps.diagnosis, services);
}
