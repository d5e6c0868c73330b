/** The change of the schema that keeps what models said of incidents, and which questions to people show it; `migrations.ts` says when it is made. */
import { type ColumnBuilderCallback, type ColumnDataType, type Kysely, type RawBuilder, sql } from 'kysely';

interface Types {
  text: ColumnDataType | RawBuilder<unknown>;
  integer: ColumnDataType;
  numbered: ColumnBuilderCallback;
}

export async function narrations(db: Kysely<unknown>, { text, integer, numbered }: Types): Promise<void> {
  await db.schema
    .createTable('narration')
    .addColumn('seq', integer, numbered)
    .addColumn('incident_id', text, (column) => column.notNull().references('incident.id'))
    .addColumn('kind', text, (column) => column.notNull())
    .addColumn('subject', text, (column) => column.notNull())
    .addColumn('wanted_entry', integer, (column) => column.notNull())
    .addColumn('wanted_at', text, (column) => column.notNull())
    .addColumn('state', text, (column) => column.notNull())
    .addColumn('due_at', text, (column) => column.notNull())
    .addColumn('tries', integer, (column) => column.notNull())
    .addColumn('claims', integer, (column) => column.notNull())
    .addColumn('statements', text, (column) => column.notNull())
    .addColumn('struck', integer, (column) => column.notNull())
    .addColumn('model', text)
    .addColumn('reason', text, (column) => column.notNull())
    .addColumn('told_at', text)
    .addUniqueConstraint('narration_of_incident', ['incident_id', 'kind'])
    .execute();
  await db.schema.createIndex('narration_due').on('narration').columns(['due_at']).where(sql<boolean>`state = 'wanted'`).execute();
  await db.schema
    .alterTable('approval_message')
    .addColumn('explained', integer, (column) => column.notNull().defaultTo(0))
    .execute();
}
