/** The change of the schema that counts what models cost; `migrations.ts` says when it is made. */
import { type ColumnDataType, type Kysely, type RawBuilder, sql } from 'kysely';

interface Types {
  text: ColumnDataType | RawBuilder<unknown>;
  integer: ColumnDataType;
}

export async function modelCalls(db: Kysely<unknown>, { text, integer }: Types): Promise<void> {
  await db.schema
    .createTable('model_call')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('incident_id', text, (column) => column.notNull().references('incident.id'))
    .addColumn('role', text, (column) => column.notNull())
    .addColumn('model', text, (column) => column.notNull())
    .addColumn('price', text, (column) => column.notNull())
    .addColumn('input_tokens', integer, (column) => column.notNull())
    .addColumn('output_tokens', integer, (column) => column.notNull())
    .addColumn('cost_nano', integer, (column) => column.notNull())
    .addColumn('is_estimate', integer, (column) => column.notNull())
    .addColumn('reserved_at', text, (column) => column.notNull())
    .addColumn('settled_at', text)
    .execute();
  await db.schema.createIndex('model_call_of_incident').on('model_call').column('incident_id').execute();
  await db.schema
    .createIndex('model_call_spent')
    .on('model_call')
    .columns(['reserved_at', 'cost_nano'])
    .where(sql<boolean>`cost_nano > 0`)
    .execute();
}
