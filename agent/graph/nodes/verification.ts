/** Verification: watches the world until it is proven well, harmed, not recovered or unproven. Reads only. */
import type { Evidence } from '../../domain/evidence.ts';
import { EvidenceId } from '../../domain/ids.ts';
import type { Incident, IncidentOutcome } from '../../domain/incident.ts';
import { collectEvidence } from '../../evidence/collect.ts';
import type { EvidenceSource } from '../../evidence/source.ts';
import type { Fence } from '../../incident/store.ts';
import { isFault } from '../../policy/in-force.ts';
import { settingsFor } from '../../verification/hold.ts';
import { judgeRecovery } from '../../verification/judge-recovery.ts';
import type { Alarm, RecoveryJudgement, Sample } from '../../verification/sample.ts';
import type { NodeDependencies } from '../dependencies.ts';
import { calleesOf, questionFor, ruleWindowOf, samplesOf } from '../facts.ts';
import { judgeChange } from '../judge-change.ts';
import { type Credit, creditOf } from '../postcondition.ts';
import type { IncidentState } from '../state.ts';
import { withSymptomsSeen } from '../symptoms.ts';
import { defineNode, loadIncident, lookInTurn, record } from './node.ts';

export function createVerification(deps: NodeDependencies) {
  return defineNode(deps, 'verification', async (state, { signal, lease }) => {
    const incident = await loadIncident(deps, state.incidentId);
    const { recovery, last } = await watch(deps, incident, state, signal);
    await deps.evidence.save(lease, last);
    const change = state.change;
    let credit: Credit | null = null;
    if (change?.step === 'execute' && recovery.result !== 'pending') {
      credit = await creditOf(deps, change, recovery.result, signal);
      await judgeChange(deps, change, credit.result, lease);
    }
    await record(deps, lease, 'verification', 'verification', {
      result: recovery.result,
      reasons: [...recovery.reasons, ...why(credit)],
      change: change && { key: change.key, step: change.step, action: change.plan.action },
      evidence: last.map((answer) => answer.id),
    });
    if (recovery.result === 'recovered')
      await close(deps, incident, outcomeOf(state, credit), [...recovery.reasons, ...why(credit)], lease);
    return { recovery: { ...recovery, at: deps.clock.now().toISOString() } };
  });
}

async function watch(
  deps: NodeDependencies,
  incident: Incident,
  state: IncidentState,
  signal: AbortSignal,
): Promise<{ recovery: RecoveryJudgement; last: Evidence[] }> {
  const plan = state.change?.plan ?? null;
  const target = plan?.target.service ?? state.decided?.hypothesis?.service ?? incident.resource.service;
  const focus = [...new Set([incident.resource.service, target])];
  const watched = [...new Set([...focus, ...state.neighbours])];
  const sources = sourcesToWatch(deps);
  const seen = await deps.evidence.get(state.evidenceIds.map((id) => EvidenceId.parse(id)));
  const settings = settingsFor(ruleWindowOf(seen, incident.alertName), deps.verification);
  // A watch that was cut short begins anew: what nobody watched proves nothing, neither good nor bad.
  const since = deps.clock.now().toISOString();
  const samples: Sample[] = [];
  const options = { deadlineMs: deps.run.evidenceDeadlineMs, clock: deps.clock, newId: deps.newId, signal };
  for (;;) {
    const { now, last } = await lookInTurn(
      deps,
      async (at) => ({
        now: at,
        last: await collectEvidence(sources, questionFor(incident, focus, at, deps.run, 'verification'), options),
      }),
      signal,
    );
    const { standing, isAlertOver } = await alertsSince(deps, incident, state, watched);
    const services = withSymptomsSeen(samplesOf(last, watched), last, state.before);
    samples.push({ at: now.toISOString(), services, alarms: standing && begunAfter(deps, state, standing) });
    const step = state.change?.step ?? null;
    const recovery = judgeRecovery(
      {
        step,
        desiredAfter: plan?.desiredAfter ?? null,
        shareOfCapacity: plan?.blastRadius.shareOfCapacity ?? 0,
        needsProof: step === 'execute',
        isAlertOver,
        standing,
        service: incident.resource.service,
        target,
        before: state.before,
        neighbours: state.neighbours,
        callees: calleesOf(last, target),
        samples,
        decidedAt: since,
        now: deps.clock.now().toISOString(),
      },
      settings,
    );
    if (recovery.result !== 'pending') return { recovery, last };
    await deps.clock.sleep(deps.run.verificationIntervalMs, signal);
  }
}

/**
 * What was told after the change: alerts of the services and their neighbours that stand, and whether the incident's own is over. Where
 * nothing was changed none is held against anything.
 */
async function alertsSince(
  { incidents, logger }: NodeDependencies,
  { id, resource }: Incident,
  { change }: IncidentState,
  services: readonly string[],
): Promise<{ standing: readonly Alarm[] | null; isAlertOver: boolean }> {
  if (!change?.at) return { standing: [], isAlertOver: false };
  try {
    const [standing, own] = await Promise.all([incidents.alarmsSince(resource.cluster, services, change.at, id), incidents.get(id)]);
    return { standing, isAlertOver: own?.resolvedAt !== null && (own?.resolvedAt ?? '') >= change.at };
  } catch (error) {
    logger.error({ err: error, incidentId: id }, 'whether other alerts have begun could not be read');
    return { standing: null, isAlertOver: false };
  }
}

/**
 * Those of the neighbours about trouble that can only have begun after the change: a rule with `for:` fires that much later. While one stands
 * no look is good. How the services themselves do is measured, and what fired before that may be about the old trouble: such an alert has
 * to be over in the end, and delays nothing else.
 */
function begunAfter({ run }: NodeDependencies, { change, neighbours }: IncidentState, standing: readonly Alarm[]): Alarm[] {
  const since = Date.parse(change?.at ?? '') + run.alertPendingSeconds * 1000;
  return standing.filter(({ service, startedAt }) => neighbours.includes(service) && Date.parse(startedAt) >= since);
}

/** What a change needs to be allowed is what it is judged by afterwards; without a policy every source is asked. */
function sourcesToWatch({ policy, sources }: NodeDependencies): readonly EvidenceSource[] {
  const inForce = policy();
  return isFault(inForce) ? sources : sources.filter((source) => inForce.requiredSources.includes(source.id));
}

function why(credit: Credit | null): string[] {
  return credit?.reason ? [credit.reason] : [];
}

async function close(
  deps: NodeDependencies,
  incident: Incident,
  outcome: IncidentOutcome,
  reasons: readonly string[],
  fence: Fence,
): Promise<void> {
  const reason = reasons.join(' ');
  await record(deps, fence, 'verification', 'incident-closed', { outcome, reason });
  await deps.incidents.close(outcome, reason, fence);
  deps.metrics.outcomes.inc({ outcome });
  deps.logger.info({ incidentId: incident.id, service: incident.resource.service, outcome, reason }, 'incident closed');
}

/** Ours to claim only when our change is in place; what came back while we watched came back by itself. */
function outcomeOf(state: Pick<IncidentState, 'diagnosis' | 'round'>, credit: Pick<Credit, 'result'> | null): IncidentOutcome {
  if (credit?.result === 'recovered') return 'fixed';
  return state.diagnosis?.conclusion === 'no-fault' && state.round === 1 ? 'no-fault' : 'recovered';
}
