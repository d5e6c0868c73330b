/** The change of the schema that lets an approval be used up, narrowed and delivered; `migrations.ts` says when it is made. */
import { type ColumnDataType, type Kysely, type RawBuilder, sql } from 'kysely';
import type { EngineName } from './engine.ts';

interface Types {
  engine: EngineName;
  text: ColumnDataType | RawBuilder<unknown>;
  integer: ColumnDataType;
}

const kept = 'seq, id, incident_id, plan, plan_hash, asked_at, expires_at, answer, answered_by, answered_at';

export async function approvalsUsedOnce(db: Kysely<unknown>, { engine, text, integer }: Types): Promise<void> {
  // A question that was used up is asked anew: one plan of an incident may need more than one yes.
  if (engine === 'postgres') await db.schema.alterTable('approval').dropConstraint('approval_of_plan').execute();
  else await withoutUniquePlan(db);
  for (const column of ['evidence_hash', 'hypothesis', 'requested_by', 'warning', 'narrowed_plan', 'used_by', 'used_at']) {
    await db.schema.alterTable('approval').addColumn(column, text).execute();
  }
  await db.schema
    .alterTable('approval')
    .addColumn('claim_hash', text, (column) => column.notNull().defaultTo(''))
    .execute();
  await db.schema
    .createIndex('approval_of_plan')
    .unique()
    .on('approval')
    .columns(['incident_id', 'plan_hash', 'claim_hash'])
    .where(sql.ref('used_by'), 'is', sql.lit(null))
    .execute();

  await db.schema
    .createTable('approval_message')
    .addColumn('approval_id', text, (column) => column.primaryKey().references('approval.id'))
    .addColumn('channel', text, (column) => column.notNull())
    .addColumn('message_id', text)
    .addColumn('shows', text)
    .addColumn('attempts', integer, (column) => column.notNull())
    .addColumn('due_at', text)
    .execute();
  await db.schema
    .createIndex('approval_message_due')
    .on('approval_message')
    .columns(['due_at'])
    .where(sql.ref('due_at'), 'is not', sql.lit(null))
    .execute();
  await db.schema
    .createIndex('approval_message_waiting')
    .on('approval_message')
    .columns(['shows'])
    .where(sql.ref('shows'), '=', sql.lit('waiting'))
    .execute();
  await db.schema
    .createTable('seen_request')
    .addColumn('signature', text, (column) => column.primaryKey())
    .addColumn('seen_at', text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex('seen_request_age').on('seen_request').columns(['seen_at']).execute();
}

/** SQLite cannot drop a constraint: the rows move into a table without it. */
async function withoutUniquePlan(db: Kysely<unknown>): Promise<void> {
  await sql`alter table approval rename to approval_before`.execute(db);
  await sql`drop index approval_unanswered`.execute(db);
  await sql`create table approval (seq integer primary key autoincrement, id text not null unique,
    incident_id text not null references incident (id), plan text not null, plan_hash text not null,
    asked_at text not null, expires_at text not null, answer text, answered_by text, answered_at text)`.execute(db);
  await sql.raw(`insert into approval (${kept}) select ${kept} from approval_before order by seq`).execute(db);
  await sql`drop table approval_before`.execute(db);
  await sql`create index approval_unanswered on approval (expires_at) where answer is null`.execute(db);
}
