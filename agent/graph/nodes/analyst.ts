/** Analyst: asks the evidence sources, finds where the trouble sits, and ranks causes. Reads only. */

import { findInSeries } from '../../diagnosis/corroboration/find-in-series.ts';
import { placeToLook } from '../../diagnosis/corroboration/series-evidence.ts';
import { diagnose } from '../../diagnosis/diagnose.ts';
import { calleesToLook } from '../../diagnosis/facts/callee-release.ts';
import { localize } from '../../diagnosis/localize.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { Incident } from '../../domain/incident.ts';
import { collectEvidence } from '../../evidence/collect.ts';
import type { NodeDependencies } from '../dependencies.ts';
import { diagnosisInput, neighboursOf, questionFor, referenceOf, waitsOf } from '../facts.ts';
import { withSymptoms } from '../symptoms.ts';
import { defineNode, loadIncident, lookInTurn, type RunContext, record } from './node.ts';

export function createAnalyst(deps: NodeDependencies) {
  return defineNode(deps, 'analyst', async (state, run) => {
    const incident = await loadIncident(deps, state.incidentId);
    const again = state.decided?.kind === 'look-again';
    // Whoever refused a change may have been asked too often, or be in the middle of a step: at once it would refuse again.
    const wasRefused = state.change?.step === 'execute' && state.change.outcome?.applied === 'no';
    if (again || wasRefused) await deps.clock.sleep(deps.run.lookAgainMs, run.signal);
    const round = state.decided && !again ? state.round + 1 : state.round;
    const own = incident.resource.service;
    let focus = [...new Set([own, ...state.focus])];
    let evidence = await ask(deps, incident, focus, [], run);

    // The alert names the loudest service, not always the one at fault: look at the deeper one in the same detail before judging.
    let input = diagnosisInput(incident, evidence, deps.clock.now(), deps.run);
    let past = findInSeries(input);
    const place = localize(input, deps.diagnosis);
    const deeper = [
      place.service,
      placeToLook(input, deps.diagnosis, past, place.service) ?? place.service,
      ...calleesToLook(input, deps.diagnosis, place.service),
    ];
    if (!deeper.every((service) => focus.includes(service))) {
      focus = [...new Set([...focus, ...deeper])];
      evidence = await ask(deps, incident, focus, waitsOf(evidence, incident.alertName), run);
      input = diagnosisInput(incident, evidence, deps.clock.now(), deps.run);
      past = findInSeries(input);
    }
    const diagnosis = diagnose(input, deps.diagnosis, past);
    const neighbours = neighboursOf(evidence, focus);
    await record(deps, run.lease, 'analyst', 'diagnosis', {
      round,
      path: place.path,
      where: place.reason,
      ...(past ? { past: { isReal: past.isReal, node: past.node ?? null, reason: past.reason } } : {}),
      conclusion: diagnosis.conclusion,
      reason: diagnosis.reason,
      ranked: diagnosis.ranked.slice(0, 3),
    });
    return {
      round,
      looks: again ? state.looks + 1 : 0,
      focus,
      evidenceIds: evidence.map((answer) => answer.id),
      diagnosis: { ...diagnosis, ranked: diagnosis.ranked.slice(0, 3) },
      decided: null,
      answered: null,
      change: null,
      recovery: null,
      before: withSymptoms(referenceOf(evidence, [...focus, ...neighbours]), evidence, { ...deps.verification, ...deps.run }),
      neighbours,
    };
  });
}

async function ask(
  deps: NodeDependencies,
  incident: Incident,
  focus: string[],
  waits: readonly number[],
  { signal, lease }: RunContext,
): Promise<Evidence[]> {
  const options = { deadlineMs: deps.run.evidenceDeadlineMs, clock: deps.clock, newId: deps.newId, signal };
  const look = (now: Date) => collectEvidence(deps.sources, questionFor(incident, focus, now, deps.run, 'diagnosis', waits), options);
  const evidence = await lookInTurn(deps, look, signal);
  await deps.evidence.save(lease, evidence);
  await record(deps, lease, 'analyst', 'evidence-collected', {
    focus,
    answers: evidence.map(({ id, source, status, detail, durationMs, facts }) => ({
      id,
      source,
      status,
      detail,
      durationMs,
      facts: facts.length,
    })),
  });
  return evidence;
}
