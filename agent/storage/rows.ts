/** From rows to the words of the domain. */
import type { Selectable } from 'kysely';
import { IncidentId } from '../domain/ids.ts';
import type { Incident } from '../domain/incident.ts';
import type { AlertRow } from '../incident/store.ts';
import type { AlertTable, IncidentTable } from './tables.ts';

export function toIncident(row: Selectable<IncidentTable>): Incident {
  return {
    id: IncidentId.parse(row.id),
    alertName: row.alert_name,
    resource: { cluster: row.cluster, service: row.service },
    severity: row.severity,
    status: row.status,
    outcome: row.outcome,
    outcomeReason: row.outcome_reason,
    startedAt: row.started_at,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
    firings: row.firings,
    resolvedAt: row.resolved_at,
    graphVersion: row.graph_version,
  };
}

export function toAlertRow(row: Selectable<AlertTable> & { copies: number | null }): AlertRow {
  return {
    id: row.id,
    fingerprint: row.fingerprint,
    name: row.name,
    status: row.status,
    labels: toLabels(row.labels),
    annotations: toLabels(row.annotations),
    startsAt: row.starts_at,
    receivedAt: row.received_at,
    incidentId: row.incident_id === null ? null : IncidentId.parse(row.incident_id),
    disposition: row.disposition,
    reason: row.reason,
    copies: row.copies ?? 0,
  };
}

/** Without a prototype: a name such as `constructor` is then a name and nothing else. */
function toLabels(json: string): Record<string, string> {
  return Object.assign(Object.create(null) as Record<string, string>, JSON.parse(json));
}
