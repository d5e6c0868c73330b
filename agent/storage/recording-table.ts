/** The change of the schema that keeps what runs were told; `migrations.ts` says when it is made. */
import type { ColumnDataType, Kysely, RawBuilder } from 'kysely';

interface Types {
  text: ColumnDataType | RawBuilder<unknown>;
  integer: ColumnDataType;
}

export async function recordings(db: Kysely<unknown>, { text, integer }: Types): Promise<void> {
  await db.schema
    .createTable('recording')
    .addColumn('incident_id', text, (column) => column.notNull().references('incident.id'))
    .addColumn('step', integer, (column) => column.notNull())
    .addColumn('node', text, (column) => column.notNull())
    .addColumn('settings', text, (column) => column.notNull())
    .addColumn('body', text)
    .addColumn('characters', integer, (column) => column.notNull())
    .addColumn('recorded_at', text, (column) => column.notNull())
    .addPrimaryKeyConstraint('recording_of_step', ['incident_id', 'step'])
    .execute();
  await db.schema
    .createTable('recording_part')
    .addColumn('hash', text, (column) => column.primaryKey())
    .addColumn('body', text, (column) => column.notNull())
    .execute();
}
