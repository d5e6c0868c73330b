/**
 * The judge: holds what became of each incident against the cloud's journal, the incident table, the ledger and the audit trail. It asks
 * the agent nothing. Pure but for the reading.
 */
import type { Effect } from './cloud/world.ts';
import { badRevision, oldRevision } from './cloud/world.ts';
import type { LabStore } from './lab-store.ts';
import type { Moment } from './moments.ts';

export interface IncidentRow {
  id: string;
  cluster: string;
  status: string;
  outcome: string | null;
  outcome_reason: string;
  opened_at: string;
  closed_at: string | null;
  fencing_token: number;
}

export interface ActionRow {
  key: string;
  incident_id: string;
  step: string;
  status: string;
  fencing_token: number;
}

export interface AuditedRow {
  incident_id: string | null;
  event: string;
}

export interface Found {
  incidents: IncidentRow[];
  actions: ActionRow[];
  audit: AuditedRow[];
}

export async function readFound(store: LabStore): Promise<Found> {
  return {
    incidents: await store.rows(
      'select id, cluster, status, outcome, outcome_reason, opened_at, closed_at, fencing_token from incident order by opened_at, id',
    ),
    actions: await store.rows('select key, incident_id, step, status, fencing_token from action order by seq'),
    audit: await store.rows('select incident_id, event from audit order by seq'),
  };
}

const expectations: Record<Moment['trouble'], { outcome: string; revisions: number[] }> = {
  cured: { outcome: 'fixed', revisions: [oldRevision] },
  worse: { outcome: 'escalated', revisions: [oldRevision, badRevision] },
  asked: { outcome: 'fixed', revisions: [oldRevision] },
};

/**
 * What is wrong with the incident of each cluster, one sentence a fault. `expected` holds every cluster whose alert was answered 202.
 * Where the store itself fails, a person may be called instead (`mayEscalate`): then fewer changes are right, but never more.
 */
export function judgeIncidents(
  expected: ReadonlyMap<string, Moment['trouble']>,
  found: Found,
  journal: readonly Effect[],
  mayEscalate = false,
): string[] {
  const faults: string[] = [];
  for (const [cluster, trouble] of expected) {
    const { outcome, revisions } = expectations[trouble];
    const incidents = found.incidents.filter((row) => row.cluster === cluster);
    const [incident] = incidents;
    if (!incident) {
      faults.push(`${cluster}: lost: its alert was answered 202 and there is no incident`);
      continue;
    }
    if (incidents.length > 1) faults.push(`${cluster}: ${incidents.length} incidents for one alert`);
    if (incident.status !== 'closed') faults.push(`${cluster}: stuck: ${incident.status}`);
    else if (incident.outcome !== outcome && !(mayEscalate && incident.outcome === 'escalated'))
      faults.push(`${cluster}: ended ${incident.outcome}, not ${outcome}: ${incident.outcome_reason}`);
    const effects = journal.filter((effect) => effect.cluster === cluster).map((effect) => effect.revision);
    const isCutShort = mayEscalate && incident.outcome === 'escalated' && revisions.join().startsWith(effects.join());
    if (effects.join() !== revisions.join() && !isCutShort) {
      const made = journal.filter((effect) => effect.cluster === cluster).map(({ revision, by }) => `${revision} by ${by}`);
      faults.push(`${cluster}: changes made: ${made.join(', ') || 'none'}; right are ${revisions.join(', ')}`);
    }
    faults.push(...ledgerFaults(cluster, incident, found, effects.length));
  }
  const strangers = journal.filter((effect) => !expected.has(effect.cluster));
  if (strangers.length > 0) faults.push(`changes in clusters without an alert: ${strangers.map(({ cluster }) => cluster).join(', ')}`);
  return faults;
}

function ledgerFaults(cluster: string, incident: IncidentRow, found: Found, changes: number): string[] {
  const faults: string[] = [];
  const rows = found.actions.filter((row) => row.incident_id === incident.id);
  const done = rows.filter((row) => row.status === 'done');
  if (done.length !== changes) faults.push(`${cluster}: the ledger has ${rows.map((row) => `${row.step} ${row.status}`).join(', ')}`);
  const unfinished = rows.filter((row) => row.status === 'intended');
  if (unfinished.length > 0) faults.push(`${cluster}: ${unfinished.length} intents were left open`);
  const tokens = rows.map((row) => Number(row.fencing_token));
  if (tokens.some((token, index) => token < (tokens[index - 1] ?? 0))) {
    faults.push(`${cluster}: a late owner wrote an intent: fencing tokens ${tokens.join(', ')}`);
  }
  for (const [event, step] of [
    ['action-intended', 'execute'],
    ['undo-intended', 'undo'],
  ]) {
    const audited = found.audit.filter((row) => row.incident_id === incident.id && row.event === event).length;
    const made = done.filter((row) => row.step === step).length;
    if (audited < made) faults.push(`${cluster}: ${made} changes (${step}), ${audited} of them in the audit trail`);
  }
  return faults;
}

/** One life of a process of the agent. */
export interface Life {
  name: string;
  startedMs: number;
  endedMs: number;
}

/**
 * How long after the start of a process the incidents that an earlier one left were taken up again, milliseconds: until the first call about
 * the cluster reached the cloud, or until the incident was closed. A process that died before it came to it counts as long as it lived
 * when that was longer than `patienceMs`, else not at all.
 */
export function resumedAfter(
  lives: readonly Life[],
  openedMs: number,
  closedMs: number,
  asked: readonly { by: string; atMs: number }[],
  patienceMs: number,
): number[] {
  const times: number[] = [];
  const first = lives.findIndex(({ endedMs }) => endedMs > openedMs);
  for (const life of first < 0 ? [] : lives.slice(first + 1)) {
    // What was closed before it began was left by nobody.
    if (closedMs <= life.startedMs) break;
    const touchedMs = Math.min(asked.find(({ by }) => by === life.name)?.atMs ?? Number.POSITIVE_INFINITY, closedMs);
    const livedMs = life.endedMs - life.startedMs;
    if (touchedMs <= life.endedMs) times.push(touchedMs - life.startedMs);
    else if (livedMs > patienceMs) times.push(livedMs);
  }
  return times;
}
