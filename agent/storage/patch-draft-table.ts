/** The change of the schema that keeps what models wrote for patches; `migrations.ts` says when it is made. */
import type { ColumnDataType, Kysely, RawBuilder } from 'kysely';

export async function patchDrafts(db: Kysely<unknown>, { text }: { text: ColumnDataType | RawBuilder<unknown> }): Promise<void> {
  await db.schema
    .createTable('patch_draft')
    .addColumn('question', text, (column) => column.primaryKey())
    .addColumn('incident_id', text, (column) => column.notNull().references('incident.id'))
    .addColumn('draft', text, (column) => column.notNull())
    .addColumn('written_at', text, (column) => column.notNull())
    .execute();
}
