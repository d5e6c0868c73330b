/** Runs a parsed Logs Insights query over events: pure. */
import type { Expression, InsightsQuery } from './insights-query.ts';
import type { StoredEvent } from './store.ts';

export interface ResultField {
  field: string;
  value: string;
}

export interface QueryOutcome {
  rows: ResultField[][];
  matched: number;
  scanned: number;
  bytesScanned: number;
}

type Row = Map<string, string | number>;

const DEFAULT_LIMIT = 10_000;

/** `2026-01-31 12:00:00.123`, UTC. */
function insightsTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}

function flatten(value: unknown, prefix: string, row: Row): void {
  if (typeof value === 'string' || typeof value === 'number') row.set(prefix, value);
  else if (typeof value === 'boolean') row.set(prefix, value ? 1 : 0);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) flatten(inner, prefix === '' ? key : `${prefix}.${key}`, row);
  }
}

function rowOf(group: string, event: StoredEvent): Row {
  const row: Row = new Map();
  if (event.message.startsWith('{')) {
    try {
      flatten(JSON.parse(event.message), '', row);
    } catch {
      // Not JSON after all: only the @fields are discovered.
    }
  }
  row.set('@timestamp', event.timestamp).set('@ingestionTime', event.ingestionTime).set('@message', event.message);
  return row.set('@logStream', event.stream).set('@log', group).set('@ptr', `${group}#${event.sequence}`);
}

function same(value: string | number | undefined, wanted: string | number): boolean {
  if (value === undefined) return false;
  return typeof wanted === 'number' ? Number(value) === wanted : String(value) === wanted;
}

function holds(expression: Expression, row: Row): boolean {
  switch (expression.kind) {
    case 'and':
      return holds(expression.left, row) && holds(expression.right, row);
    case 'or':
      return holds(expression.left, row) || holds(expression.right, row);
    case 'not':
      return !holds(expression.inner, row);
    case 'in':
      return expression.values.some((value) => same(row.get(expression.field), value));
    case 'like': {
      const value = row.get(expression.field);
      if (value === undefined) return false;
      return typeof expression.pattern === 'string' ? String(value).includes(expression.pattern) : expression.pattern.test(String(value));
    }
    case 'compare': {
      const value = row.get(expression.field);
      if (expression.operator === '=') return same(value, expression.value);
      if (expression.operator === '!=') return !same(value, expression.value);
      const [left, right] = [Number(value ?? Number.NaN), Number(expression.value)];
      if (expression.operator === '<') return left < right;
      if (expression.operator === '<=') return left <= right;
      return expression.operator === '>' ? left > right : left >= right;
    }
  }
}

function counted(rows: Row[], stats: NonNullable<InsightsQuery['stats']>): Row[] {
  const groups = new Map<string, Row>();
  for (const row of rows) {
    const keys = stats.by.map(({ field, binMs }) => {
      const value = row.get(field);
      return binMs > 0 ? Math.floor(Number(value) / binMs) * binMs : value;
    });
    const id = JSON.stringify(keys);
    const group: Row = groups.get(id) ?? new Map();
    groups.set(id, group);
    stats.by.forEach(({ label }, index) => {
      const key = keys[index];
      if (key !== undefined) group.set(label, key);
    });
    for (const { field, label } of stats.counts) {
      group.set(label, Number(group.get(label) ?? 0) + (field === '*' || row.has(field) ? 1 : 0));
    }
  }
  // A count over nothing is one row with zero, unless it is a count per something.
  if (groups.size === 0 && stats.by.length === 0) return [new Map(stats.counts.map(({ label }) => [label, 0]))];
  return [...groups.values()];
}

function sorted(rows: Row[], sort: InsightsQuery['sort']): Row[] {
  return rows.toSorted((a, b) => {
    for (const { field, descending } of sort) {
      const [left, right] = [a.get(field), b.get(field)];
      if (left === right) continue;
      // Missing values come last in both directions.
      if (left === undefined) return 1;
      if (right === undefined) return -1;
      const order = typeof left === 'number' && typeof right === 'number' ? left - right : String(left) < String(right) ? -1 : 1;
      return descending ? -order : order;
    }
    return 0;
  });
}

function columns(query: InsightsQuery): { field: string; label: string; isTime: boolean }[] {
  if (query.stats) {
    return [
      ...query.stats.by.map(({ label, field, binMs }) => ({ field: label, label, isTime: binMs > 0 || field === '@timestamp' })),
      ...query.stats.counts.map(({ label }) => ({ field: label, label, isTime: false })),
    ];
  }
  const shown = query.fields.length > 0 ? query.fields : ['@timestamp', '@message'].map((field) => ({ field, label: field }));
  return [...shown, { field: '@ptr', label: '@ptr' }].map((column) => ({
    ...column,
    isTime: column.field === '@timestamp' || column.field === '@ingestionTime',
  }));
}

/** Without `sort`, events come newest first and groups in order of first appearance. `limit` is the request's, the query's own wins. */
export function runInsights(query: InsightsQuery, events: { group: string; event: StoredEvent }[], limit?: number): QueryOutcome {
  const all = events.map(({ group, event }) => rowOf(group, event));
  const matching = all.filter((row) => query.filters.every((filter) => holds(filter, row)));
  const rows = query.stats ? counted(matching, query.stats) : matching;
  const sort = query.sort.length > 0 || query.stats ? query.sort : [{ field: '@timestamp', descending: true }];
  const shown = columns(query);
  const labelled = query.stats ? rows : rows.map((row) => withAliases(row, query.fields));
  return {
    rows: sorted(labelled, sort)
      .slice(0, query.limit ?? limit ?? DEFAULT_LIMIT)
      .map((row) =>
        shown.flatMap(({ field, label, isTime }) => {
          const value = row.get(field);
          if (value === undefined) return [];
          return [{ field: label, value: isTime && typeof value === 'number' ? insightsTime(value) : String(value) }];
        }),
      ),
    matched: matching.length,
    scanned: all.length,
    bytesScanned: events.reduce((sum, { event }) => sum + Buffer.byteLength(event.message), 0),
  };
}

function withAliases(row: Row, fields: InsightsQuery['fields']): Row {
  for (const { field, label } of fields) {
    const value = row.get(field);
    if (field !== label && value !== undefined) row.set(label, value);
  }
  return row;
}
