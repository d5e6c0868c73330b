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
    samples.push({ at: now.toISOString(), services: samplesOf(last, watched), alarms: await alarmsSince(deps, incident, state) });
    const recovery = judgeRecovery(
      {
        step: state.change?.step ?? null,
        desiredAfter: plan?.desiredAfter ?? null,
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
 * Alerts of the neighbours about trouble that began after the change: a rule with `for:` fires that much later. Where nothing was changed none
 * is held against anything; and how the target itself does is measured, whatever else flaps about it.
 */
async function alarmsSince(
  deps: NodeDependencies,
  incident: Incident,
  { change, neighbours }: IncidentState,
): Promise<readonly Alarm[] | null> {
  if (!change?.at) return [];
  const since = new Date(Date.parse(change.at) + deps.run.alertPendingSeconds * 1000).toISOString();
  try {
    return await deps.incidents.alarmsSince(incident.resource.cluster, neighbours, since, incident.id);
  } catch (error) {
    deps.logger.error({ err: error, incidentId: incident.id }, 'whether other alerts have begun could not be read');
    return null;
  }
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
