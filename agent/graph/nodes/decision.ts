/** Decision: maps the best cause to a catalogue action whose preconditions hold and asks policy. It changes nothing. */
import type { Action } from '../../action/action.ts';
import { canonicalHash } from '../../audit/canonical-json.ts';
import { remedies } from '../../diagnosis/rules/remedies.ts';
import { type Resource, resourceKey } from '../../domain/alert.ts';
import type { Cause, Hypothesis } from '../../domain/cause.ts';
import { EvidenceId } from '../../domain/ids.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Plan } from '../../domain/plan.ts';
import type { GateName } from '../../domain/verdict.ts';
import type { Fence } from '../../incident/store.ts';
import { isFault } from '../../policy/in-force.ts';
import { judge } from '../../policy/judge.ts';
import type { NodeDependencies } from '../dependencies.ts';
import { maxLooks } from '../edges.ts';
import { changeInFlight, pastChanges, policyRequest } from '../policy-request.ts';
import type { Decision, IncidentState } from '../state.ts';
import { defineNode, loadIncident, record } from './node.ts';

/** Refusals that pass by themselves: the evidence was thin, partial, or had grown old while the process was down. */
const passing: ReadonlySet<GateName> = new Set(['confidence', 'evidence-complete', 'evidence-fresh']);

type Answer = Omit<Decision, 'at' | 'approvalId'>;

export function createDecision(deps: NodeDependencies) {
  return defineNode(deps, 'decision', async (state, { signal, lease }) => {
    const incident = await loadIncident(deps, state.incidentId);
    const answer = patient(await decide(deps, incident, state, signal), state, clearAbove(deps));
    const decision: Decision = { ...answer, at: deps.clock.now().toISOString(), approvalId: null };
    if (decision.kind === 'ask' && decision.plan) decision.approvalId = await askHuman(deps, incident, decision.plan, lease);
    await record(deps, lease, 'decision', 'verdict', { round: state.round, ...decision });
    const blocking = decision.verdict?.gates.find((gate) => gate.decision === decisionOf(decision));
    deps.metrics.verdicts.inc({ decision: decision.kind, gate: blocking?.gate ?? 'none' });
    return { decided: decision };
  });
}

function decisionOf(decision: Decision): 'ask' | 'deny' | 'pass' {
  if (decision.kind === 'ask') return 'ask';
  return decision.kind === 'change' ? 'pass' : 'deny';
}

/** Without a policy nothing is clear enough. */
function clearAbove({ policy }: NodeDependencies): number {
  const inForce = policy();
  return isFault(inForce) ? 1 : inForce.confidence.default;
}

/**
 * What is not clear yet is looked at again before a person is called: trouble that has just begun often shows only part of itself.
 * Clear but forbidden, or clear but incurable, goes to a person at once.
 */
function patient(answer: Answer, state: IncidentState, clearAbove: number): Answer {
  if (answer.kind !== 'escalate' || state.looks >= maxLooks) return answer;
  const denials = answer.verdict?.gates.filter((gate) => gate.decision === 'deny') ?? [];
  const unclear =
    answer.verdict === null ? (answer.hypothesis?.confidence ?? 0) < clearAbove : denials.every(({ gate }) => passing.has(gate));
  return unclear ? { ...answer, kind: 'look-again' } : answer;
}

async function decide(deps: NodeDependencies, incident: Incident, state: IncidentState, signal: AbortSignal): Promise<Answer> {
  const diagnosis = state.diagnosis;
  if (!diagnosis) return escalate('there is no diagnosis');
  const cluster = incident.resource.cluster;
  const busy = changeInFlight(
    await pastChanges(deps),
    incident.id,
    [...state.focus, ...state.neighbours].map((service) => resourceKey({ cluster, service })),
  );
  if (diagnosis.conclusion === 'no-fault') return watch(diagnosis.reason);
  if (diagnosis.conclusion === 'inconclusive') {
    return busy ? watch(inFlightReason(busy)) : escalate(`inconclusive: ${diagnosis.reason}`);
  }
  const hypothesis = diagnosis.ranked[0];
  if (!hypothesis) return escalate('the diagnosis names a cause but ranks none');
  const target = { cluster, service: hypothesis.service };
  if (busy && busy.target === resourceKey(target)) return watch(inFlightReason(busy), hypothesis);
  if (hypothesis.service !== incident.resource.service) {
    const other = await deps.incidents.openAbout(target, incident.id);
    if (other) return watch(`${hypothesis.cause} in ${hypothesis.service} is the matter of incident ${other}`, hypothesis);
  }
  const remedy = remedies[hypothesis.cause];
  if (remedy.kind === 'watch') return watch(`${hypothesis.cause}: ${remedy.advice}: ${hypothesis.because.join('; ')}`, hypothesis);
  return offer(deps, incident, state, hypothesis, target, signal);
}

/** The first catalogue action that cures the cause and can be planned; its verdict decides. A second choice is never tried past a refusal. */
async function offer(
  deps: NodeDependencies,
  incident: Incident,
  state: IncidentState,
  hypothesis: Hypothesis,
  target: Resource,
  signal: AbortSignal,
): Promise<Answer> {
  const refused: string[] = [];
  for (const action of deps.catalog.filter((one) => one.cures.includes(hypothesis.cause))) {
    if (state.tried.includes(triedKey(action.id, target, hypothesis))) {
      refused.push(`${action.id}: already tried in this incident`);
      continue;
    }
    const plan = await planFor(deps, state, action, hypothesis, target, signal);
    if ('notPossible' in plan) {
      refused.push(`${action.id}: ${plan.notPossible}`);
      continue;
    }
    const verdict = judge(await policyRequest(deps, incident, hypothesis, plan, state.evidenceIds), deps.policy());
    const against = verdict.gates.filter((gate) => gate.decision === verdict.decision);
    const why = against.map((gate) => `${gate.gate}: ${gate.reason}`).join('; ');
    switch (verdict.decision) {
      case 'allow':
        return { kind: 'change', reason: plan.summary, hypothesis, plan, verdict };
      case 'ask':
        return { kind: 'ask', reason: why, hypothesis, plan, verdict };
      case 'deny': {
        // What cooldown and budgets hold against us then is that very change: it may be the cure.
        const waits = against.some((gate) => gate.gate === 'change-in-flight');
        return { kind: waits ? 'watch' : 'escalate', reason: `${action.id} is not allowed: ${why}`, hypothesis, plan, verdict };
      }
    }
  }
  const why = refused.length > 0 ? refused.join('; ') : `no action of the catalogue cures ${hypothesis.cause}`;
  return escalate(`${why}; for a person: ${adviceFor(hypothesis.cause)}`, hypothesis);
}

function adviceFor(cause: Cause): string {
  const remedy = remedies[cause];
  return remedy.kind === 'action' ? remedy.otherwise : remedy.advice;
}

async function planFor(
  deps: NodeDependencies,
  state: IncidentState,
  action: Action,
  hypothesis: Hypothesis,
  target: Resource,
  signal: AbortSignal,
): Promise<Plan | { notPossible: string }> {
  const evidence = await deps.evidence.get(state.evidenceIds.map((id) => EvidenceId.parse(id)));
  const params = action.propose(
    hypothesis,
    target,
    evidence.flatMap((answer) => answer.facts),
  );
  if ('notPossible' in params) return { notPossible: String(params.notPossible) };
  try {
    return await action.plan(params, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return { notPossible: `the plan could not be made: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function askHuman(deps: NodeDependencies, incident: Incident, plan: Plan, fence: Fence): Promise<string> {
  const planHash = canonicalHash(plan);
  const expiresAt = new Date(deps.clock.now().getTime() + deps.run.approvalTtlSeconds * 1000).toISOString();
  const request = await deps.approvals.ask({ incidentId: incident.id, plan, planHash, expiresAt }, fence);
  await record(deps, fence, 'decision', 'approval-asked', { approvalId: request.id, planHash, expiresAt: request.expiresAt });
  deps.logger.info({ incidentId: incident.id, approvalId: request.id, action: plan.action }, 'approval asked');
  return request.id;
}

export function triedKey(action: string, target: Resource, hypothesis: Hypothesis): string {
  return [action, resourceKey(target), hypothesis.cause, hypothesis.taskId ?? ''].join(' ').trim();
}

function inFlightReason(change: { incidentId: string; action: string; target: string }): string {
  return `incident ${change.incidentId} has ${change.action} on ${change.target} in flight`;
}

function watch(reason: string, hypothesis: Hypothesis | null = null): Answer {
  return { kind: 'watch', reason, hypothesis, plan: null, verdict: null };
}

function escalate(reason: string, hypothesis: Hypothesis | null = null): Answer {
  return { kind: 'escalate', reason, hypothesis, plan: null, verdict: null };
}
