/** The statements of `receive.ts`, each built once. */
import { type Insertable, sql } from 'kysely';
import { InvariantError } from '../domain/errors.ts';
import { bulkInsert, listQuery, prepared } from './prepared.ts';
import type { Steps } from './steps.ts';
import type { Store } from './store.ts';
import type { AlertTable, IncidentTable } from './tables.ts';

export type NewIncident = Omit<Insertable<IncidentTable>, 'run_failures' | 'pruned_at'>;
export type NewAlert = Insertable<AlertTable> & { notification: number | null };

/** Later than every time that is written with four digits of year; PostgreSQL sorts signs and letters as its locale likes. */
const never = '9999-12-31T23:59:59.999Z';

export type ReceiveQueries = ReturnType<typeof receiveQueries>;

export function receiveQueries({ db }: Pick<Store, 'db'>) {
  const openOf = listQuery(
    (services: string[]) =>
      db
        .selectFrom('incident')
        .select(['id', 'service', 'firings'])
        .where('alert_name', '=', '')
        .where('cluster', '=', '')
        .where('service', 'in', services)
        // Spelt out, not bound: only then does SQLite see that the partial index fits.
        .where('status', '!=', sql.lit('closed')),
    '',
  );
  const lastClosed = prepared(
    db
      .selectFrom('incident')
      .select(['id', 'outcome', 'closed_at', 'firings'])
      .where('alert_name', '=', '')
      .where('cluster', '=', '')
      .where('service', '=', '')
      .where('status', '=', sql.lit('closed'))
      .orderBy('closed_at', 'desc')
      .limit(sql.lit(1)),
  );
  const told = prepared(
    db
      .selectFrom('alert')
      .select('id')
      .where('incident_id', '=', '')
      .where('fingerprint', '=', '')
      .where('starts_at', '=', '')
      .where('status', '=', sql.lit('firing'))
      .limit(sql.lit(1)),
  );
  const lastBodies = prepared(
    db
      .selectFrom('alert')
      .select('body_hash')
      .where('incident_id', '=', '')
      .where('fingerprint', '=', '')
      .orderBy('id', 'desc')
      // A pair of Alertmanagers repeats two bodies in turn.
      .limit(sql.lit(4)),
  );
  const insertIncidents = bulkInsert(sampleIncident, (values) => db.insertInto('incident').values(values));
  const insertAlerts = bulkInsert(sampleAlert, (values) => db.insertInto('alert').values(values).returning('id'));
  const joined = prepared(db.updateTable('incident').set({ firings: 0, resolved_at: null }).where('id', '=', ''));
  const fires = prepared(db.updateTable('incident').set({ resolved_at: null }).where('id', '=', ''));
  const resolved = prepared(db.updateTable('incident').set({ resolved_at: '' }).where('id', '=', '').where('resolved_at', 'is', null));
  // One pass from the youngest row to the oldest: an incident may have thousands of rows of one alert.
  const stillFiring = prepared(
    db
      .selectFrom(
        db
          .selectFrom('alert')
          .select([
            'status',
            'starts_at',
            sql<string | null>`max(case when status = 'resolved' then coalesce(ends_at, ${sql.lit(never)}) end)
              over (partition by fingerprint order by id desc rows between unbounded preceding and 1 preceding)`.as('resolved_until'),
          ])
          .where('incident_id', '=', '')
          .as('seen'),
      )
      .select('seen.status')
      .where('seen.status', '=', sql.lit('firing'))
      .where(({ or, eb }) => or([eb('seen.resolved_until', 'is', null), eb('seen.resolved_until', '<', eb.ref('seen.starts_at'))]))
      .limit(sql.lit(1)),
  );

  return {
    openIncidents: (alertName: string, cluster: string, services: readonly string[]) => openOf([alertName, cluster], services),

    *lastClosed(alertName: string, cluster: string, service: string): Steps<ClosedIncident | undefined> {
      const [found] = yield* lastClosed.rows([alertName, cluster, service]);
      return found;
    },

    /** Whether the incident has a firing of the alert that began at that time. */
    *wasTold(incidentId: string, fingerprint: string, startsAt: string): Steps<boolean> {
      return (yield* told.rows([incidentId, fingerprint, startsAt])).length > 0;
    },

    *lastBodies(incidentId: string, fingerprint: string): Steps<string[]> {
      return (yield* lastBodies.rows([incidentId, fingerprint])).map((row) => row.body_hash);
    },

    *open(incidents: readonly NewIncident[]): Steps<void> {
      yield* insertIncidents(incidents);
    },

    *join(id: string, firings: number): Steps<void> {
      yield* joined.rows([firings, null, id]);
    },

    /** In the order of the alerts. */
    *insertAlerts(alerts: readonly NewAlert[]): Steps<number[]> {
      const answered = yield* insertAlerts(alerts);
      if (answered.length !== alerts.length) throw new InvariantError('the store returned fewer rows than it was given');
      // The order of returned rows is not promised; the order of the numbers given within one statement is.
      return answered.map((row) => row.id).sort((one, other) => one - other);
    },

    /**
     * Resolved when no alert of the incident still fires: each firing is followed by a resolution of the same alert that does not end
     * before that firing began (a late copy of an older resolution says nothing about it).
     */
    *markResolved(id: string, now: string): Steps<void> {
      const firing = yield* stillFiring.rows([id]);
      if (firing.length > 0) yield* fires.rows([null, id]);
      else yield* resolved.rows([now, id]);
    },
  };
}

export interface ClosedIncident {
  id: string;
  outcome: string | null;
  closed_at: string | null;
  firings: number;
}

const sampleIncident: NewIncident = {
  id: '',
  alert_name: '',
  cluster: '',
  service: '',
  severity: '',
  status: 'open',
  outcome: null,
  outcome_reason: '',
  started_at: '',
  opened_at: '',
  closed_at: null,
  firings: 1,
  resolved_at: null,
  graph_version: '',
  lease_owner: null,
  lease_until: null,
  fencing_token: 0,
};

const sampleAlert: NewAlert = {
  fingerprint: '',
  name: '',
  status: 'firing',
  labels: '',
  annotations: '',
  starts_at: '',
  ends_at: null,
  group_key: '',
  received_at: '',
  body_hash: '',
  incident_id: null,
  disposition: 'opened',
  reason: '',
  notification: null,
};
