/** Writes the bundle of one incident from what the store holds: cleared of secrets once more, and within bounds. */
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { ActionStore } from '../action/action-store.ts';
import type { ApprovalStore } from '../approval/store.ts';
import type { AuditTrail } from '../audit/trail.ts';
import type { Clock } from '../domain/clock.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import { withoutSecretsIn } from '../domain/secret-text.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { IncidentState } from '../graph/state.ts';
import type { IncidentStore } from '../incident/store.ts';
import type { RecordedRow, RecordingStore } from '../recording/store.ts';
import type { StepBody } from '../recording/tape.ts';
import { type Bundle, type BundleStep, bundleFormat, bundleVersion, sealed } from './bundle.ts';

export interface BundleDependencies {
  incidents: Pick<IncidentStore, 'get' | 'alerts'>;
  actions: Pick<ActionStore, 'ofIncident'>;
  approvals: Pick<ApprovalStore, 'ofIncident'>;
  evidence: Pick<EvidenceStore, 'list'>;
  recordings: Pick<RecordingStore, 'ofIncident'>;
  trail: Pick<AuditTrail, 'list'>;
  clock: Clock;
}

/** Newest alerts and oldest entries of the trail: a flapping alert may merge for days. */
const mostRows = 1_000;
/** Of the evidence, which may be a megabyte an answer. */
const mostEvidenceCharacters = 16_777_216;

/** Undefined when there is no such incident. One that is still worked on is written as far as it has come. */
export async function bundleOf(deps: BundleDependencies, incidentId: IncidentId): Promise<Bundle | undefined> {
  const incident = await deps.incidents.get(incidentId);
  if (!incident) return undefined;
  const [alerts, changes, approvals, evidence, recorded, trail] = await Promise.all([
    deps.incidents.alerts({ incidentId, limit: mostRows }),
    deps.actions.ofIncident(incidentId),
    deps.approvals.ofIncident(incidentId),
    deps.evidence.list(incidentId),
    recordingOf(deps, incident),
    deps.trail.list({ incidentId, limit: mostRows }),
  ]);
  const { kept, leftOut } = withinBounds(evidence);
  const parts = recorded.parts.map(({ hash, body }) => [hash, JSON.parse(body)]);
  const content = {
    format: bundleFormat,
    version: bundleVersion,
    writtenAt: deps.clock.now().toISOString(),
    incident: withoutSecretsIn(incident),
    alerts: await cleared(alerts.toReversed()),
    parts: withoutSecretsIn(Object.fromEntries(parts)),
    steps: await cleared(recorded.steps.map(stepOf)),
    evidence: await cleared(kept),
    evidenceLeftOut: leftOut,
    changes: await cleared(changes),
    approvals: await cleared(approvals),
    trail: await cleared(trail.map(({ at, actor, event, detail }) => ({ at, actor, event, detail }))),
  };
  // Plain JSON, as whoever reads it gets it: what is `undefined` has no hash.
  return sealed(JSON.parse(JSON.stringify(content)) as Omit<Bundle, 'hash'>);
}

/** A step is kept right after its node is done, and the last one has closed the incident by then: so it is waited for, a second at most. */
async function recordingOf({ recordings }: BundleDependencies, { id, status }: Incident): ReturnType<RecordingStore['ofIncident']> {
  for (let looks = 1; ; looks += 1) {
    const recorded = await recordings.ofIncident(id);
    if (status !== 'closed' || looks > 10 || closesItsIncident(recorded.steps.at(-1))) return recorded;
    await setTimeout(100);
  }
}

/** Also one of which nothing is known: then there is nothing to wait for. */
function closesItsIncident(step: RecordedRow | undefined): boolean {
  if (!step || step.body === null || step.node === 'escalation') return true;
  const { update } = JSON.parse(step.body) as { update?: Partial<IncidentState> };
  return step.node === 'verification' && update?.recovery?.result === 'recovered';
}

/** One by one, for an agent at work must not stand still meanwhile. */
async function cleared<Item>(items: readonly Item[]): Promise<Item[]> {
  const clear: Item[] = [];
  for (const item of items) {
    clear.push(withoutSecretsIn(item));
    await setImmediate();
  }
  return clear;
}

function stepOf({ body, ...row }: RecordedRow): BundleStep {
  if (body === null) return { ...row, leftOut: 'there was more than is kept', update: {}, entries: [], facts: [] };
  const { update, entries, facts } = JSON.parse(body) as StepBody;
  return { ...row, leftOut: '', update: (update ?? {}) as Record<string, unknown>, entries, facts };
}

/** The first looks before the later ones: without them nothing can be played. */
function withinBounds(evidence: readonly Evidence[]): { kept: Evidence[]; leftOut: string[] } {
  let characters = 0;
  const isRoom = evidence.map((one) => {
    characters += JSON.stringify(one).length;
    return characters <= mostEvidenceCharacters;
  });
  return { kept: evidence.filter((_, at) => isRoom[at]), leftOut: evidence.filter((_, at) => !isRoom[at]).map(({ id }) => id) };
}
