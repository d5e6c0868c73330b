/**
 * What one webhook does to the store, in one transaction: a row per alert with what became of it and why, incidents opened or joined,
 * and the audit entries. The key of an incident is alert name + resource, never `startsAt`, which a flapping alert changes. A firing
 * after the close opens a new incident that names the one before: the closed one keeps its outcome, its evidence and its run.
 */
import { type Insertable, sql } from 'kysely';
import type { AuditEntry } from '../audit/trail.ts';
import { type Resource, resourceKey } from '../domain/alert.ts';
import { InvariantError } from '../domain/errors.ts';
import { IncidentId } from '../domain/ids.ts';
import type { AlertRow, ReceivedAlert } from '../incident/store.ts';
import { appendAudit } from './audit-trail.ts';
import { toAlertRow } from './rows.ts';
import { rows, type Steps, slices } from './steps.ts';
import type { Store } from './store.ts';
import type { AlertTable, IncidentTable } from './tables.ts';

export interface ReceiveContext {
  /** ISO 8601 */
  now: string;
  newId: () => string;
  graphVersion: string;
}

/** What the transaction remembers about one incident while it goes through the alerts. */
interface Touched {
  id: IncidentId;
  alertName: string;
  resource: Resource;
  opened: Insertable<IncidentTable> | null;
  openingReason: string;
  previous: string | null;
  firings: number;
  joined: boolean;
  merged: number[];
  resolved: number[];
  openedBy: number[];
}

type NewRow = Insertable<AlertTable> & { incident_id: IncidentId | null };

export function* receive(store: Store, alerts: readonly ReceivedAlert[], context: ReceiveContext): Steps<AlertRow[]> {
  if (alerts.length === 0) return [];
  const incidents = yield* openIncidents(store, alerts);
  const seenBodies = yield* bodiesSeenBefore(store, alerts);

  const decided: { row: NewRow; touched: Touched | null }[] = [];
  for (const received of alerts) {
    const { alert, target } = received;
    if ('declined' in target) {
      decided.push({ row: newRow(received, null, 'declined', target.declined), touched: null });
      continue;
    }
    const key = keyOf(alert.name, target.resource);
    let touched = incidents.get(key);
    if (alert.status === 'resolved') {
      const reason = touched
        ? `the alert says it resolved; a hint only, incident ${touched.id} checks for itself`
        : 'the alert says it resolved and no incident is open for it: nothing to do';
      decided.push({ row: newRow(received, touched?.id ?? null, 'resolved', reason), touched: touched ?? null });
    } else if (touched) {
      touched.firings += 1;
      touched.joined = true;
      const again = seenBodies.has(received.bodyHash) ? 'the same notification again, byte for byte' : 'the alert fires';
      const reason = `${again}: joined incident ${touched.id}, which is open for it (firing ${touched.firings})`;
      decided.push({ row: newRow(received, touched.id, 'merged', reason), touched });
    } else {
      touched = yield* open(store, received, target.resource, context);
      incidents.set(key, touched);
      decided.push({ row: newRow(received, touched.id, 'opened', touched.openingReason), touched });
    }
  }

  const touched = [...new Set(decided.flatMap((one) => one.touched ?? []))];
  yield* saveIncidents(store, touched);
  const saved = yield* saveRows(
    store,
    decided.map((one) => one.row),
  );
  decided.forEach(({ touched: incident }, index) => {
    const row = saved[index];
    if (!incident || !row) return;
    if (row.disposition === 'opened') incident.openedBy.push(row.id);
    if (row.disposition === 'merged') incident.merged.push(row.id);
    if (row.disposition === 'resolved') incident.resolved.push(row.id);
  });
  for (const incident of touched) if (incident.resolved.length > 0) yield* markResolved(store, incident, context.now);
  yield* appendAudit(store, auditEntries(touched, saved, context.now));
  return saved;
}

function keyOf(alertName: string, resource: Resource): string {
  return JSON.stringify([alertName, resource.cluster, resource.service]);
}

function* openIncidents({ db }: Store, alerts: readonly ReceivedAlert[]): Steps<Map<string, Touched>> {
  const wanted = new Map<string, { name: string; cluster: string; services: Set<string> }>();
  for (const { alert, target } of alerts) {
    if ('declined' in target) continue;
    const { cluster, service } = target.resource;
    const key = JSON.stringify([alert.name, cluster]);
    const group = wanted.get(key) ?? { name: alert.name, cluster, services: new Set() };
    wanted.set(key, group);
    group.services.add(service);
  }
  const found = new Map<string, Touched>();
  for (const { name, cluster, services } of wanted.values()) {
    for (const slice of slices([...services])) {
      const open = yield* rows(
        db
          .selectFrom('incident')
          .select(['id', 'service', 'firings'])
          .where('alert_name', '=', name)
          .where('cluster', '=', cluster)
          .where('service', 'in', slice)
          // Spelt out, not bound: only then does SQLite see that the partial index fits.
          .where('status', '!=', sql.lit('closed')),
      );
      for (const row of open) {
        const resource = { cluster, service: row.service };
        found.set(keyOf(name, resource), touch(row.id, name, resource, row.firings));
      }
    }
  }
  return found;
}

function* bodiesSeenBefore({ db }: Store, alerts: readonly ReceivedAlert[]): Steps<Set<string>> {
  const seen = new Set<string>();
  for (const hashes of slices([...new Set(alerts.map((received) => received.bodyHash))])) {
    const found = yield* rows(db.selectFrom('alert').select('body_hash').distinct().where('body_hash', 'in', hashes));
    for (const row of found) seen.add(row.body_hash);
  }
  return seen;
}

function* open({ db }: Store, received: ReceivedAlert, resource: Resource, context: ReceiveContext): Steps<Touched> {
  const { alert, receivedAt } = received;
  const [previous] = yield* rows(
    db
      .selectFrom('incident')
      .select(['id', 'outcome', 'closed_at'])
      .where('alert_name', '=', alert.name)
      .where('cluster', '=', resource.cluster)
      .where('service', '=', resource.service)
      .where('status', '=', 'closed')
      .orderBy('closed_at', 'desc')
      .limit(1),
  );
  const touched = touch(context.newId(), alert.name, resource, 1);
  touched.previous = previous?.id ?? null;
  touched.openingReason = previous
    ? `opened incident ${touched.id}: ${alert.name} fires again on ${resourceKey(resource)} after incident ${previous.id} closed as ${previous.outcome} at ${previous.closed_at}`
    : `opened incident ${touched.id}: ${alert.name} fires on ${resourceKey(resource)} and no incident is open for it`;
  touched.opened = {
    id: touched.id,
    alert_name: alert.name,
    cluster: resource.cluster,
    service: resource.service,
    severity: alert.labels.severity ?? 'unknown',
    status: 'open',
    outcome: null,
    outcome_reason: '',
    // A sender's clock may run ahead; trouble cannot have begun after we heard of it.
    started_at: alert.startsAt < receivedAt ? alert.startsAt : receivedAt,
    opened_at: context.now,
    closed_at: null,
    firings: 1,
    resolved_at: null,
    graph_version: context.graphVersion,
    lease_owner: null,
    lease_until: null,
    fencing_token: 0,
  };
  return touched;
}

function touch(id: string, alertName: string, resource: Resource, firings: number): Touched {
  const lists = { merged: [], resolved: [], openedBy: [] };
  return {
    id: IncidentId.parse(id),
    alertName,
    resource,
    opened: null,
    openingReason: '',
    previous: null,
    firings,
    joined: false,
    ...lists,
  };
}

function* saveIncidents({ db }: Store, touched: readonly Touched[]): Steps<void> {
  const opened = touched.flatMap((incident) => (incident.opened ? [{ ...incident.opened, firings: incident.firings }] : []));
  for (const slice of slices(opened)) yield* rows(db.insertInto('incident').values(slice));
  for (const { id, firings, opened: isNew, joined } of touched) {
    if (isNew || !joined) continue;
    yield* rows(db.updateTable('incident').set({ firings, resolved_at: null }).where('id', '=', id));
  }
}

function* saveRows({ db }: Store, wanted: readonly NewRow[]): Steps<AlertRow[]> {
  const saved: AlertRow[] = [];
  for (const slice of slices(wanted)) {
    const ids = yield* rows(db.insertInto('alert').values(slice).returning('id'));
    // The order of returned rows is not promised; the order of the numbers given within one statement is.
    const sorted = ids.map((row) => row.id).sort((one, other) => one - other);
    slice.forEach((row, index) => {
      const id = sorted[index];
      if (id === undefined) throw new InvariantError('the store returned fewer rows than it was given');
      saved.push(toAlertRow({ ...row, id, ends_at: row.ends_at ?? null, notification: row.notification ?? null }));
    });
  }
  return saved;
}

/**
 * Resolved when no alert of the incident still fires: for each fingerprint the youngest firing is followed by a resolution that does
 * not end before that firing began (a late copy of an older resolution says nothing about it).
 */
function* markResolved({ db }: Store, incident: Touched, now: string): Steps<void> {
  const stillFiring = yield* rows(
    db
      .selectFrom('alert as firing')
      .select('firing.id')
      .where('firing.incident_id', '=', incident.id)
      .where('firing.status', '=', 'firing')
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('alert as later')
              .select('later.id')
              .whereRef('later.incident_id', '=', 'firing.incident_id')
              .whereRef('later.fingerprint', '=', 'firing.fingerprint')
              .whereRef('later.id', '>', 'firing.id')
              .where('later.status', '=', 'resolved')
              .where(({ or, eb }) => or([eb('later.ends_at', 'is', null), eb('later.ends_at', '>=', eb.ref('firing.starts_at'))])),
          ),
        ),
      )
      .limit(1),
  );
  const update = db.updateTable('incident').where('id', '=', incident.id);
  if (stillFiring.length > 0) yield* rows(update.set({ resolved_at: null }));
  else yield* rows(update.set({ resolved_at: now }).where('resolved_at', 'is', null));
}

/** One entry per incident and event, not per alert: a storm of 10,000 alerts is one line with a count. */
function auditEntries(touched: readonly Touched[], saved: readonly AlertRow[], at: string): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const { id, alertName, resource, opened, openingReason, previous, openedBy, merged, resolved } of touched) {
    const common = { at, incidentId: id, actor: 'intake' } as const;
    const about = { alert: alertName, resource: resourceKey(resource) };
    if (opened) {
      const detail = { ...about, reason: openingReason, previousIncident: previous, severity: opened.severity, alertRows: openedBy };
      entries.push({ ...common, event: previous ? 'incident-reopened' : 'incident-opened', detail });
    }
    if (merged.length > 0) entries.push({ ...common, event: 'alert-merged', detail: { ...about, ...listed(merged) } });
    if (resolved.length > 0) entries.push({ ...common, event: 'alert-resolved', detail: { ...about, ...listed(resolved) } });
  }
  const declined = saved.filter((row) => row.disposition === 'declined');
  if (declined.length > 0) {
    const alerts = declined.slice(0, maxListed).map(({ id, name, fingerprint, reason }) => ({ id, name, fingerprint, reason }));
    entries.push({ at, incidentId: null, actor: 'intake', event: 'alert-declined', detail: { count: declined.length, alerts } });
  }
  return entries;
}

const maxListed = 20;

function listed(ids: readonly number[]): { count: number; alertRows: number[] } {
  return { count: ids.length, alertRows: ids.slice(0, maxListed) };
}

function newRow(received: ReceivedAlert, incidentId: IncidentId | null, disposition: AlertTable['disposition'], reason: string): NewRow {
  const { alert, receivedAt, bodyHash, notes = [] } = received;
  return {
    fingerprint: alert.fingerprint,
    name: alert.name,
    status: alert.status,
    labels: JSON.stringify(alert.labels),
    annotations: JSON.stringify(alert.annotations),
    starts_at: alert.startsAt,
    ends_at: alert.endsAt,
    group_key: alert.groupKey,
    received_at: receivedAt,
    body_hash: bodyHash,
    incident_id: incidentId,
    disposition,
    reason: [reason, ...notes].join('; '),
  };
}
