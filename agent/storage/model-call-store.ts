/** Calls to models on the store: looked at, added up and kept in one transaction, so that no two replicas spend the same dollar. */
import { type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { Ceiling, CostKey, CostLine, Counted, ModelCallStore, ModelCosts, Window } from '../llm/budget/call-store.ts';
import { rows, type Steps } from './steps.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** Spelt out, not bound: only then does SQLite see that the index over what costs anything fits. */
const costsAnything = sql<SqlBool>`cost_nano > 0`;

const keys = {
  incident: sql<string>`incident_id`,
  role: sql<string>`role`,
  model: sql<string>`model`,
  day: sql<string>`substr(reserved_at, 1, 10)`,
} as const satisfies Record<CostKey, unknown>;

export function createModelCallStore(store: Store): ModelCallStore & ModelCosts {
  const { db } = store;

  const sumOf = () =>
    db
      .selectFrom('model_call')
      .select((row) => row.fn.sum('cost_nano').as('sum'))
      .where(costsAnything);

  function* countedIn({ window, since }: Ceiling, incidentId: string): Steps<number> {
    let query = sumOf();
    if (since !== null) query = query.where('reserved_at', '>=', since);
    if (window === 'incident') query = query.where('incident_id', '=', incidentId);
    const [found] = yield* rows(query);
    return Number(found?.sum ?? 0);
  }

  return {
    reserve: (call, ceilings) =>
      store.write(function* () {
        const counted: Record<Window, number> = { incident: 0, day: 0, month: 0 };
        for (const ceiling of ceilings) counted[ceiling.window] = yield* countedIn(ceiling, call.incidentId);
        const isOver = ({ window, nano }: Ceiling) => call.costNano > 0 && counted[window] + call.costNano > nano;
        const over = ceilings.find(isOver) ?? null;
        if (over) return { over, counted };
        yield* rows(
          db.insertInto('model_call').values({
            id: call.id,
            incident_id: call.incidentId,
            role: call.role,
            model: call.model,
            price: call.price,
            input_tokens: call.inputTokens,
            output_tokens: call.outputTokens,
            cost_nano: call.costNano,
            is_estimate: 1,
            reserved_at: call.at,
            settled_at: null,
          }),
        );
        return { over, counted: withCall(counted, call.costNano) };
      }),

    async settle(id, at, took) {
      const known = took && {
        input_tokens: took.inputTokens,
        output_tokens: took.outputTokens,
        cost_nano: took.costNano,
        is_estimate: 0 as const,
      };
      await db
        .updateTable('model_call')
        .set({ ...known, settled_at: at })
        .where('id', '=', id)
        .where('settled_at', 'is', null)
        .execute();
    },

    async cancel(id) {
      await db.deleteFrom('model_call').where('id', '=', id).where('settled_at', 'is', null).execute();
    },

    async spent(since) {
      const found = await sumOf().where('reserved_at', '>=', since).executeTakeFirst();
      return Number(found?.sum ?? 0);
    },

    async by(key, { since, limit }) {
      const calls = db.selectFrom('model_call');
      const lines = linesOf(since === undefined ? calls : calls.where('reserved_at', '>=', since), keys[key]);
      // The days nearest to today when there are more of them.
      const ordered = key === 'day' ? lines.orderBy('key', 'desc') : lines.orderBy('cost_nano', 'desc').orderBy('key');
      const found = (await ordered.limit(limit).execute()).map(toLine);
      return key === 'day' ? found.reverse() : found;
    },

    async ofIncident(incidentId) {
      const calls = db.selectFrom('model_call').where('incident_id', '=', incidentId);
      return (await linesOf(calls, sql<string>`role || ' by ' || model`).orderBy('key').execute()).map(toLine);
    },
  };
}

function withCall(counted: Counted, nano: number): Counted {
  return { incident: counted.incident + nano, day: counted.day + nano, month: counted.month + nano };
}

type Calls = SelectQueryBuilder<Tables, 'model_call', unknown>;

function linesOf(calls: Calls, key: ReturnType<typeof sql<string>>) {
  return calls
    .select((row) => [
      key.as('key'),
      row.fn.countAll().as('calls'),
      row.fn.sum('is_estimate').as('estimated'),
      row.fn.countAll().filterWhere('price', '=', 'unknown').as('unpriced'),
      row.fn.sum('input_tokens').as('input_tokens'),
      row.fn.sum('output_tokens').as('output_tokens'),
      row.fn.sum('cost_nano').as('cost_nano'),
    ])
    .groupBy(key);
}

/** PostgreSQL answers sums as text. */
function toLine(row: Awaited<ReturnType<ReturnType<typeof linesOf>['execute']>>[number]): CostLine {
  return {
    key: row.key,
    calls: Number(row.calls),
    estimated: Number(row.estimated),
    unpriced: Number(row.unpriced),
    inputTokens: Number(row.input_tokens),
    outputTokens: Number(row.output_tokens),
    costNano: Number(row.cost_nano),
  };
}
