/** Reads from the stores what the policy gates look at, right before they judge. What cannot be read is null, and null never allows. */
import type { CountedChange } from '../action/action-store.ts';
import { resourceKey } from '../domain/alert.ts';
import type { Hypothesis } from '../domain/cause.ts';
import type { Evidence, Fact } from '../domain/evidence.ts';
import { EvidenceId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { Plan } from '../domain/plan.ts';
import { lookBackSeconds } from '../policy/look-back.ts';
import type { PastChange, PolicyRequest } from '../policy/request.ts';
import type { NodeDependencies } from './dependencies.ts';
import { latestOnsetOf, waitsOf } from './facts.ts';

export async function policyRequest(
  deps: NodeDependencies,
  incident: Incident,
  hypothesis: Hypothesis,
  plan: Plan,
  evidenceIds: readonly string[],
): Promise<PolicyRequest> {
  const cluster = plan.target.cluster;
  const action = deps.catalog.find(({ id }) => id === plan.action);
  const purpose = action?.purpose ?? 'mend';
  const [killSwitch, knownServices, evidence, changes, troubledServices, record] = await Promise.all([
    orNull(deps, deps.killSwitch.isOn()),
    orNull(deps, deps.inventory.services(cluster)),
    deps.evidence.get(evidenceIds.map((id) => EvidenceId.parse(id))),
    orNull(deps, pastChanges(deps, purpose)),
    orNull(deps, deps.incidents.troubledServices(cluster)),
    orNull(deps, deps.records.of(resourceKey(plan.target), plan.action)),
  ]);
  const now = deps.clock.now();
  return {
    now: now.toISOString(),
    incidentId: incident.id,
    resource: incident.resource,
    troubleSince: latestOnsetOf(incident, now, waitsOf(evidence, incident.alertName)).toISOString(),
    hypothesis,
    plan,
    purpose,
    needsApproval: plan.needsApproval ?? action?.needsApproval ?? null,
    killSwitch,
    knownServices,
    evidence: evidence.map((answer) => seenBy(answer, plan.target.service)),
    changes,
    record,
    calls: callsOf(evidence),
    troubledServices,
  };
}

function seenBy({ source, status, to, facts }: Evidence, service: string): PolicyRequest['evidence'][number] {
  const isAbout = (fact: Fact) => ('service' in fact && fact.service === service) || ('callee' in fact && fact.callee === service);
  return { source, status, observedAt: to, factsAboutTarget: facts.filter(isAbout).length };
}

function callsOf(evidence: readonly Evidence[]): { caller: string; callee: string }[] {
  const calls = new Map<string, { caller: string; callee: string }>();
  for (const fact of evidence.flatMap((answer) => answer.facts)) {
    if (fact.kind === 'call-signal') calls.set(`${fact.caller} ${fact.callee}`, { caller: fact.caller, callee: fact.callee });
  }
  return [...calls.values()];
}

/**
 * Changes as far back as the policy looks, newest first; an undo is part of its change, and what the world refused has changed nothing.
 * What only told somebody counts against telling again, never against a change.
 */
export async function pastChanges(deps: NodeDependencies, purpose: PolicyRequest['purpose'] = 'mend'): Promise<PastChange[]> {
  const since = new Date(deps.clock.now().getTime() - lookBackSeconds(deps.policy()) * 1000).toISOString();
  const telling = new Set(deps.catalog.filter((action) => action.purpose === 'tell').map(({ id }) => id));
  const rows = await deps.actions.changesSince(since);
  return rows.filter((row) => telling.has(row.action) === (purpose === 'tell')).map(toPastChange);
}

/** An unfinished or not yet verified change of another incident on one of these resources: two hands on one service do harm. */
export function changeInFlight(changes: readonly PastChange[], incidentId: string, targets: readonly string[]): PastChange | undefined {
  return changes.find(
    (change) => change.incidentId !== incidentId && targets.includes(change.target) && (!change.finished || change.verified === null),
  );
}

function toPastChange(row: CountedChange): PastChange {
  return {
    seq: row.seq,
    incidentId: row.incidentId,
    action: row.action,
    target: row.target,
    at: row.intendedAt,
    finished: row.status !== 'intended',
    verified: row.verified,
    againAt: row.againAt,
  };
}

export async function orNull<T>(deps: NodeDependencies, reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    deps.logger.error({ err: error }, 'policy input could not be read');
    return null;
  }
}
