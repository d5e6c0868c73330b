/**
 * What alerts do to the store, inside one transaction: a row per alert with what became of it and why, incidents opened or joined, and
 * the audit entries. The key of an incident is alert name + resource, never `startsAt`, which a flapping alert changes. A firing after
 * the close opens a new incident that names the one before: the closed one keeps its outcome, its evidence and its run. What had arrived before
 * the close and is sorted after it is no such firing, if it repeats one that the incident was told of.
 */
import type { AuditEntry } from '../audit/trail.ts';
import { type Resource, resourceKey } from '../domain/alert.ts';
import { InvariantError } from '../domain/errors.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { AlertRow, ReceivedAlert } from '../incident/store.ts';
import { appendAudit } from './audit-trail.ts';
import { type ClosedIncident, type NewAlert, type NewIncident, type ReceiveQueries, receiveQueries } from './receive-queries.ts';
import type { Steps } from './steps.ts';
import type { Store } from './store.ts';

export interface ReceiveContext {
  newId: () => string;
  graphVersion: string;
}

/** An alert and the notification it came with. */
export interface Incoming {
  received: ReceivedAlert;
  /** `seq` of the notification. */
  notification: number | null;
}

/** `now` is ISO 8601. Answers the rows in the order of the alerts. */
export type Receive = (alerts: readonly Incoming[], now: string) => Steps<AlertRow[]>;

/** What the transaction remembers about one incident while it goes through the alerts. */
interface Touched {
  id: IncidentId;
  alertName: string;
  resource: Resource;
  opened: NewIncident | null;
  openingReason: string;
  previous: string | null;
  firings: number;
  isJoined: boolean;
  openedBy: number[];
  merged: number[];
  resolved: number[];
}

/** By alert and resource: the open incident, and the closed one that a late copy belongs to. */
interface Known {
  open: Map<string, Touched>;
  closed: Map<string, Touched>;
}

/** By body: with which notification it came first in this transaction, and whether it had come before. */
type Bodies = Map<string, { notification: number | null; isRepeat: boolean }>;

interface Decided {
  row: NewAlert;
  received: ReceivedAlert;
  touched: Touched | null;
}

export function createReceive(store: Store, context: ReceiveContext): Receive {
  const queries = receiveQueries(store);
  return function* receive(alerts, now) {
    if (alerts.length === 0) return [];
    const incidents: Known = { open: yield* openIncidents(queries, alerts), closed: new Map() };
    const bodies: Bodies = new Map();
    const decided: Decided[] = [];
    for (const incoming of alerts) decided.push(yield* decide(queries, incoming, incidents, bodies, context, now));

    const touched = [...new Set(decided.flatMap((one) => one.touched ?? []))];
    yield* queries.open(touched.flatMap(({ opened, firings }) => (opened ? [{ ...opened, firings }] : [])));
    for (const { id, firings, opened, isJoined } of touched) if (!opened && isJoined) yield* queries.join(id, firings);
    const ids = yield* queries.insertAlerts(decided.map((one) => one.row));
    const rows = decided.map((one, index) => toAlertRow(one, ids[index]));
    for (const incident of touched) if (incident.resolved.length > 0) yield* queries.markResolved(incident.id, now);
    yield* appendAudit(store, auditEntries(touched, rows, now));
    return rows;
  };
}

function* openIncidents(queries: ReceiveQueries, alerts: readonly Incoming[]): Steps<Map<string, Touched>> {
  const wanted = new Map<string, { name: string; cluster: string; services: Set<string> }>();
  for (const { received } of alerts) {
    const { alert, target } = received;
    if ('declined' in target) continue;
    const { cluster, service } = target.resource;
    const key = `${cluster}\n${alert.name}`;
    const group = wanted.get(key) ?? { name: alert.name, cluster, services: new Set() };
    wanted.set(key, group);
    group.services.add(service);
  }
  const found = new Map<string, Touched>();
  for (const { name, cluster, services } of wanted.values()) {
    for (const row of yield* queries.openIncidents(name, cluster, [...services])) {
      const resource = { cluster, service: row.service };
      found.set(keyOf(name, resource), touch(row.id, name, resource, row.firings));
    }
  }
  return found;
}

/** Cluster and service are ECS names, which hold no line break. */
function keyOf(alertName: string, resource: Resource): string {
  return `${resource.cluster}\n${resource.service}\n${alertName}`;
}

function* decide(
  queries: ReceiveQueries,
  incoming: Incoming,
  incidents: Known,
  bodies: Bodies,
  context: ReceiveContext,
  now: string,
): Steps<Decided> {
  const { received } = incoming;
  const { alert, target } = received;
  if ('declined' in target) return { row: newRow(incoming, null, 'declined', target.declined), received, touched: null };
  const key = keyOf(alert.name, target.resource);
  const known = incidents.open.get(key);
  if (alert.status === 'resolved') {
    const reason = known
      ? `the alert says it resolved; a hint only, incident ${known.id} checks for itself`
      : 'the alert says it resolved and no incident is open for it: nothing to do';
    return { row: newRow(incoming, known?.id ?? null, 'resolved', reason), received, touched: known ?? null };
  }
  if (known) {
    known.firings += 1;
    known.isJoined = true;
    const again = (yield* isRepeat(queries, incoming, known.id, bodies)) ? 'the same notification again, byte for byte' : 'the alert fires';
    const reason = `${again}: joined incident ${known.id}, which is open for it (firing ${known.firings})`;
    return { row: newRow(incoming, known.id, 'merged', reason), received, touched: known };
  }
  const previous = yield* queries.lastClosed(alert.name, target.resource.cluster, target.resource.service);
  if (previous && (yield* isLateCopy(queries, received, previous))) {
    const closed = incidents.closed.get(key) ?? touch(previous.id, alert.name, target.resource, previous.firings);
    incidents.closed.set(key, closed);
    closed.firings += 1;
    closed.isJoined = true;
    const reason = `arrived before incident ${closed.id} closed, and repeats what it was told: joined it (firing ${closed.firings})`;
    return { row: newRow(incoming, closed.id, 'merged', reason), received, touched: closed };
  }
  const opened = open(received, target.resource, previous, context, now);
  incidents.open.set(key, opened);
  return { row: newRow(incoming, opened.id, 'opened', opened.openingReason), received, touched: opened };
}

/** Asked for the first alert of a body that joins: what holds for one of its alerts holds for all. */
function* isRepeat(queries: ReceiveQueries, { received, notification }: Incoming, incidentId: string, bodies: Bodies): Steps<boolean> {
  const { bodyHash, alert } = received;
  const known = bodies.get(bodyHash);
  if (known) return known.isRepeat || known.notification !== notification;
  const before = yield* queries.lastBodies(incidentId, alert.fingerprint);
  const found = before.includes(bodyHash);
  bodies.set(bodyHash, { notification, isRepeat: found });
  return found;
}

/** Under load a notification waits to be sorted, and its incident may come to its end meanwhile. */
function* isLateCopy(queries: ReceiveQueries, { alert, receivedAt }: ReceivedAlert, { id, closed_at }: ClosedIncident): Steps<boolean> {
  return closed_at !== null && receivedAt < closed_at && (yield* queries.wasTold(id, alert.fingerprint, alert.startsAt));
}

function open(
  { alert, receivedAt }: ReceivedAlert,
  resource: Resource,
  previous: ClosedIncident | undefined,
  { newId, graphVersion }: ReceiveContext,
  now: string,
): Touched {
  const touched = touch(newId(), alert.name, resource, 1);
  touched.previous = previous?.id ?? null;
  const why = previous
    ? `fires again on ${resourceKey(resource)} after incident ${previous.id} closed as ${previous.outcome} at ${previous.closed_at}`
    : `fires on ${resourceKey(resource)} and no incident is open for it`;
  touched.openingReason = `opened incident ${touched.id}: ${alert.name} ${why}`;
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
    opened_at: now,
    closed_at: null,
    firings: 1,
    resolved_at: null,
    graph_version: graphVersion,
    lease_owner: null,
    lease_until: null,
    fencing_token: 0,
  };
  return touched;
}

function touch(id: string, alertName: string, resource: Resource, firings: number): Touched {
  return {
    id: id as IncidentId,
    alertName,
    resource,
    opened: null,
    openingReason: '',
    previous: null,
    firings,
    isJoined: false,
    openedBy: [],
    merged: [],
    resolved: [],
  };
}

function newRow(
  { received, notification }: Incoming,
  incidentId: IncidentId | null,
  disposition: NewAlert['disposition'],
  reason: string,
): NewAlert {
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
    reason: notes.length > 0 ? [reason, ...notes].join('; ') : reason,
    notification,
  };
}

/** Also notes the row's number with its incident. */
function toAlertRow({ row, received, touched }: Decided, id: number | undefined): AlertRow {
  if (id === undefined) throw new InvariantError('an alert was stored without a number');
  if (row.disposition === 'opened') touched?.openedBy.push(id);
  if (row.disposition === 'merged') touched?.merged.push(id);
  if (row.disposition === 'resolved') touched?.resolved.push(id);
  const { fingerprint, name, status, labels, annotations, startsAt } = received.alert;
  const { receivedAt } = received;
  const incidentId = touched?.id ?? null;
  return {
    id,
    fingerprint,
    name,
    status,
    labels,
    annotations,
    startsAt,
    receivedAt,
    incidentId,
    disposition: row.disposition,
    reason: row.reason,
    copies: 0,
  };
}

/** One entry per incident and event, not per alert: a storm of 10,000 alerts is one line with a count. */
function auditEntries(touched: readonly Touched[], rows: readonly AlertRow[], at: string): AuditEntry[] {
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
  const declined = rows.filter((row) => row.disposition === 'declined');
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
