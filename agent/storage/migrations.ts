/** Forward-only changes of the schema, in order. A released migration is never edited: add the next one. */
import { type ColumnBuilderCallback, type ColumnDataType, type Kysely, type RawBuilder, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { approvalsUsedOnce } from './approval-tables.ts';
import type { EngineName } from './engine.ts';
import { modelCalls } from './model-call-table.ts';
import { narrations } from './narration-table.ts';
import { patchDrafts } from './patch-draft-table.ts';
import { recordings } from './recording-table.ts';

type Change = (db: Kysely<unknown>, types: Types) => Promise<void>;

const changes: Readonly<Record<string, Change>> = {
  '0001-first-tables': firstTables,
  '0002-nothing-lost': nothingLost,
  '0003-narrow-questions': narrowQuestions,
  '0004-earned-autonomy': earnedAutonomy,
  '0005-put-back': putBack,
  '0006-approvals-used-once': approvalsUsedOnce,
  '0007-force-new-deployment': forceNewDeployment,
  '0008-model-calls': modelCalls,
  '0009-narrations': narrations,
  '0010-patch-drafts': patchDrafts,
  '0011-unjudged-changes': unjudgedChanges,
  '0012-trouble-again': troubleAgain,
  '0013-recordings': recordings,
};

export function migrationsFor(engine: EngineName): Record<string, Migration> {
  const types = engine === 'sqlite' ? sqliteTypes : postgresTypes;
  return Object.fromEntries(Object.entries(changes).map(([name, change]) => [name, { up: (db: Kysely<unknown>) => change(db, types) }]));
}

/** Where the engines differ. */
interface Types {
  engine: EngineName;
  text: ColumnDataType | RawBuilder<unknown>;
  integer: ColumnDataType;
  bytes: ColumnDataType;
  /** A primary key that counts by itself and never gives a number twice. */
  numbered: ColumnBuilderCallback;
  /** The database itself refuses to change or delete what the audit trail holds. */
  guardAudit(db: Kysely<unknown>): Promise<void>;
}

const sqliteTypes: Types = {
  engine: 'sqlite',
  text: 'text',
  integer: 'integer',
  bytes: 'blob',
  numbered: (column) => column.primaryKey().autoIncrement(),
  async guardAudit(db) {
    await sql`create trigger audit_refuses_update before update on audit begin select raise(abort, 'audit rows are never changed'); end`.execute(
      db,
    );
    await sql`create trigger audit_refuses_delete before delete on audit begin select raise(abort, 'audit rows are never deleted'); end`.execute(
      db,
    );
    // INSERT OR REPLACE would delete without firing the trigger above.
    await sql`create trigger audit_refuses_replace before insert on audit when exists (select 1 from audit where seq = new.seq)
      begin select raise(abort, 'audit rows are never replaced'); end`.execute(db);
  },
};

const postgresTypes: Types = {
  engine: 'postgres',
  // Compared byte by byte as SQLite does, whatever the database's own order of letters is: times, ids and names sort alike on both.
  text: sql`text collate "C"`,
  integer: 'bigint',
  bytes: 'bytea',
  numbered: (column) => column.primaryKey().generatedAlwaysAsIdentity(),
  async guardAudit(db) {
    await sql`create function audit_refuses() returns trigger language plpgsql as
      $$ begin raise exception 'audit rows are never changed or deleted'; end $$`.execute(db);
    await sql`create trigger audit_refuses_change before update or delete on audit for each row execute function audit_refuses()`.execute(
      db,
    );
    await sql`create trigger audit_refuses_truncate before truncate on audit for each statement execute function audit_refuses()`.execute(
      db,
    );
  },
};

async function firstTables(db: Kysely<unknown>, { text, integer, numbered, guardAudit }: Types): Promise<void> {
  await db.schema
    .createTable('incident')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('alert_name', text, (column) => column.notNull())
    .addColumn('cluster', text, (column) => column.notNull())
    .addColumn('service', text, (column) => column.notNull())
    .addColumn('severity', text, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('outcome', text)
    .addColumn('outcome_reason', text, (column) => column.notNull())
    .addColumn('started_at', text, (column) => column.notNull())
    .addColumn('opened_at', text, (column) => column.notNull())
    .addColumn('closed_at', text)
    .addColumn('firings', integer, (column) => column.notNull())
    .addColumn('resolved_at', text)
    .addColumn('graph_version', text, (column) => column.notNull())
    .addColumn('lease_owner', text)
    .addColumn('lease_until', text)
    .addColumn('fencing_token', integer, (column) => column.notNull())
    .execute();
  // The database itself refuses a second open incident for one alert and resource.
  await db.schema
    .createIndex('incident_open_key')
    .unique()
    .on('incident')
    .columns(['alert_name', 'cluster', 'service'])
    .where(sql.ref('status'), '!=', sql.lit('closed'))
    .execute();
  await db.schema.createIndex('incident_history').on('incident').columns(['alert_name', 'cluster', 'service', 'closed_at']).execute();
  await db.schema.createIndex('incident_queue').on('incident').columns(['status', 'opened_at']).execute();

  await db.schema
    .createTable('alert')
    .addColumn('id', integer, numbered)
    .addColumn('fingerprint', text, (column) => column.notNull())
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('labels', text, (column) => column.notNull())
    .addColumn('annotations', text, (column) => column.notNull())
    .addColumn('starts_at', text, (column) => column.notNull())
    .addColumn('ends_at', text)
    .addColumn('group_key', text, (column) => column.notNull())
    .addColumn('received_at', text, (column) => column.notNull())
    .addColumn('body_hash', text, (column) => column.notNull())
    .addColumn('incident_id', text, (column) => column.references('incident.id'))
    .addColumn('disposition', text, (column) => column.notNull())
    .addColumn('reason', text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('alert_of_incident').on('alert').columns(['incident_id', 'fingerprint', 'id']).execute();
  await db.schema.createIndex('alert_body').on('alert').columns(['body_hash']).execute();

  await db.schema
    .createTable('evidence')
    .addColumn('seq', integer, numbered)
    .addColumn('id', text, (column) => column.notNull().unique())
    .addColumn('incident_id', text, (column) => column.notNull().references('incident.id'))
    .addColumn('body', text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('evidence_of_incident').on('evidence').columns(['incident_id']).execute();

  await db.schema
    .createTable('action')
    .addColumn('seq', integer, numbered)
    .addColumn('key', text, (column) => column.notNull().unique())
    .addColumn('incident_id', text, (column) => column.notNull().references('incident.id'))
    .addColumn('step', text, (column) => column.notNull())
    .addColumn('action', text, (column) => column.notNull())
    .addColumn('target', text, (column) => column.notNull())
    .addColumn('plan', text, (column) => column.notNull())
    .addColumn('plan_hash', text, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('detail', text, (column) => column.notNull())
    .addColumn('intended_at', text, (column) => column.notNull())
    .addColumn('finished_at', text)
    .addColumn('verified', text)
    .execute();
  await db.schema.createIndex('action_of_incident').on('action').columns(['incident_id']).execute();
  await db.schema.createIndex('action_recent').on('action').columns(['intended_at']).execute();

  await db.schema
    .createTable('approval')
    .addColumn('seq', integer, numbered)
    .addColumn('id', text, (column) => column.notNull().unique())
    .addColumn('incident_id', text, (column) => column.notNull().references('incident.id'))
    .addColumn('plan', text, (column) => column.notNull())
    .addColumn('plan_hash', text, (column) => column.notNull())
    .addColumn('asked_at', text, (column) => column.notNull())
    .addColumn('expires_at', text, (column) => column.notNull())
    .addColumn('answer', text)
    .addColumn('answered_by', text)
    .addColumn('answered_at', text)
    .addUniqueConstraint('approval_of_plan', ['incident_id', 'plan_hash'])
    .execute();

  await db.schema
    .createTable('audit')
    .addColumn('seq', integer, (column) => column.primaryKey())
    .addColumn('at', text, (column) => column.notNull())
    .addColumn('incident_id', text)
    .addColumn('actor', text, (column) => column.notNull())
    .addColumn('event', text, (column) => column.notNull())
    .addColumn('detail', text, (column) => column.notNull())
    .addColumn('previous_hash', text, (column) => column.notNull())
    .addColumn('hash', text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('audit_of_incident').on('audit').columns(['incident_id', 'seq']).execute();
  await db.schema
    .createTable('audit_head')
    .addColumn('id', integer, (column) => column.primaryKey().check(sql`id = 1`))
    .addColumn('seq', integer, (column) => column.notNull())
    .addColumn('hash', text, (column) => column.notNull())
    .execute();
  await guardAudit(db);

  await db.schema
    .createTable('setting')
    .addColumn('key', text, (column) => column.primaryKey())
    .addColumn('value', text, (column) => column.notNull())
    .addColumn('updated_at', text, (column) => column.notNull())
    .execute();
}

async function nothingLost(db: Kysely<unknown>, { text, integer, bytes, numbered }: Types): Promise<void> {
  // A webhook is on disk as it came before it is answered; what it means is worked out later.
  await db.schema
    .createTable('notification')
    .addColumn('seq', integer, numbered)
    .addColumn('source', text, (column) => column.notNull())
    .addColumn('body_hash', text, (column) => column.notNull())
    .addColumn('body', bytes)
    .addColumn('received_at', text, (column) => column.notNull())
    .addColumn('alerts', integer, (column) => column.notNull())
    .addColumn('truncated', integer, (column) => column.notNull())
    .addColumn('status', text, (column) => column.notNull())
    .addColumn('sorted_alerts', integer, (column) => column.notNull())
    .addColumn('copies', integer, (column) => column.notNull())
    .addColumn('last_copy_at', text)
    .addColumn('failures', integer, (column) => column.notNull())
    .addColumn('fault', text, (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('notification_waiting')
    .on('notification')
    .columns(['seq'])
    .where(sql.ref('status'), '=', sql.lit('waiting'))
    .execute();

  await db.schema
    .createIndex('notification_quarantined')
    .on('notification')
    .columns(['seq'])
    .where(sql.ref('status'), '=', sql.lit('quarantined'))
    .execute();
  // Nothing is looked up by it any more, and an entry at a random place costs a page on disk for each alert.
  await db.schema.dropIndex('alert_body').execute();

  await db.schema.alterTable('alert').addColumn('notification', integer).execute();
  await db.schema.createIndex('alert_of_notification').on('alert').columns(['notification']).execute();
  await db.schema
    .alterTable('incident')
    .addColumn('run_failures', integer, (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('incident').addColumn('pruned_at', text).execute();
  await db.schema
    .createIndex('incident_unpruned')
    .on('incident')
    .columns(['closed_at'])
    .where(sql.ref('pruned_at'), 'is', sql.lit(null))
    .execute();
  await db.schema
    .alterTable('action')
    .addColumn('fencing_token', integer, (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable('audit')
    .addColumn('key_id', text, (column) => column.notNull().defaultTo(''))
    .execute();
  await db.schema.alterTable('audit_head').addColumn('keyed_from', integer).execute();
}

/** For what the runner and the gates ask all the time: as quick with 100,000 stored incidents and 10,000 open ones as with ten. */
async function narrowQuestions(db: Kysely<unknown>): Promise<void> {
  const status = sql.ref('status');
  // The queue in the order in which it is worked off, without sorting it first.
  await db.schema
    .createIndex('incident_backlog')
    .on('incident')
    .columns(['opened_at', 'id'])
    .where(sql<boolean>`status in ('open', 'investigating')`)
    .execute();
  await db.schema
    .createIndex('incident_place')
    .on('incident')
    .columns(['cluster', 'service'])
    .where(status, '<>', sql.lit('closed'))
    .execute();
  await db.schema
    .createIndex('incident_leased')
    .on('incident')
    .columns(['lease_owner'])
    .where(sql.ref('lease_owner'), 'is not', sql.lit(null))
    .execute();
  await db.schema
    .createIndex('approval_unanswered')
    .on('approval')
    .columns(['expires_at'])
    .where(sql.ref('answer'), 'is', sql.lit(null))
    .execute();
}

/** What autonomy is earned by: when a change was judged, plans that were kept and not carried out, and what operators ordered. */
async function earnedAutonomy(db: Kysely<unknown>, { text, integer, numbered }: Types): Promise<void> {
  await db.schema.alterTable('action').addColumn('verified_at', text).execute();
  await db.schema.createIndex('action_record').on('action').columns(['target', 'action']).execute();

  await db.schema
    .createTable('shadow')
    .addColumn('seq', integer, numbered)
    .addColumn('incident_id', text, (column) => column.notNull().references('incident.id'))
    .addColumn('action', text, (column) => column.notNull())
    .addColumn('target', text, (column) => column.notNull())
    .addColumn('plan', text, (column) => column.notNull())
    .addColumn('plan_hash', text, (column) => column.notNull())
    .addColumn('cause', text, (column) => column.notNull())
    .addColumn('reason', text, (column) => column.notNull())
    .addColumn('before', text, (column) => column.notNull())
    .addColumn('neighbours', text, (column) => column.notNull())
    .addColumn('looks', text, (column) => column.notNull())
    .addColumn('kept_at', text, (column) => column.notNull())
    .addColumn('next_look_at', text, (column) => column.notNull())
    .addColumn('result', text)
    .addColumn('detail', text, (column) => column.notNull())
    .addColumn('settled_at', text)
    .addUniqueConstraint('shadow_of_plan', ['incident_id', 'plan_hash'])
    .execute();
  await db.schema.createIndex('shadow_record').on('shadow').columns(['target', 'action']).execute();
  await db.schema.createIndex('shadow_due').on('shadow').columns(['next_look_at']).where(sql.ref('result'), 'is', sql.lit(null)).execute();

  await db.schema
    .createTable('autonomy_order')
    .addColumn('seq', integer, numbered)
    .addColumn('target', text, (column) => column.notNull())
    .addColumn('action', text, (column) => column.notNull())
    .addColumn('level', text)
    .addColumn('ordered_by', text, (column) => column.notNull())
    .addColumn('reason', text, (column) => column.notNull())
    .addColumn('ordered_at', text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('autonomy_order_record').on('autonomy_order').columns(['target', 'action']).execute();
}

/** Changes that are meant for a time only, and the lease of who puts one back. */
async function putBack(db: Kysely<unknown>, { text, integer }: Types): Promise<void> {
  await db.schema
    .createTable('put_back')
    .addColumn('key', text, (column) => column.primaryKey().references('action.key'))
    .addColumn('incident_id', text, (column) => column.notNull().references('incident.id'))
    .addColumn('due_at', text, (column) => column.notNull())
    .addColumn('next_at', text, (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('reason', text, (column) => column.notNull())
    .addColumn('tries', integer, (column) => column.notNull())
    .addColumn('lease_owner', text)
    .addColumn('lease_until', text)
    .addColumn('fencing_token', integer, (column) => column.notNull())
    .addColumn('settled_at', text)
    .execute();
  await db.schema
    .createIndex('put_back_waiting')
    .on('put_back')
    .columns(['next_at', 'key'])
    .where(sql<boolean>`state = 'waiting'`)
    .execute();
}

/** Budgets, cooldowns, breakers and the record count a change by the name its action has; an upgrade must not make them forget. */
async function forceNewDeployment(db: Kysely<unknown>): Promise<void> {
  await sql`update action set action = 'force-new-deployment' where action = 'restart-service'`.execute(db);
}

/** A change under way counts however old it is; there are never many. */
async function unjudgedChanges(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('action_unjudged')
    .on('action')
    .columns(['seq'])
    .where(sql<boolean>`verified is null and step = 'execute' and status <> 'failed'`)
    .execute();
}

/** When trouble came back, to an alert or to a service: asked for each change, at each decision, over all incidents there ever were. */
async function troubleAgain(db: Kysely<unknown>): Promise<void> {
  await sql`create index incident_again_alert on incident (alert_name, cluster, service, opened_at)`.execute(db);
  // By the name that an action's target has: `resourceKey`.
  await sql`create index incident_again_target on incident (cast('ecs:' || cluster || '/' || service as text), opened_at)`.execute(db);
}
