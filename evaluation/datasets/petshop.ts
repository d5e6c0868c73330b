/** Incidents of the PetShop kind as cases. The answers are read apart from the questions, and only the name of the guilty node is taken. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { Case, Series } from '../../agent/diagnosis/case/case.ts';
import { foldersWith } from './find.ts';

export interface RankingCase {
  /** With a fault-free history, or with nothing but the rows right before the incident. */
  hasHistory: boolean;
  question: Case;
  answer: { node: string };
}

export interface PetShop {
  cases: RankingCase[];
  /** Fault-free stretches asked about as if they were incidents; made one at a time, for together they are large. */
  quiet(known?: QuietHistory): Iterable<Case>;
}

/** Of a fault-free window is known: the rows before it, those after it too, or nothing but its own. */
export type QuietHistory = 'before' | 'around' | 'none';

export interface HistoryTimes {
  /** The histories of this kind were recorded after the incidents. Moved, one ends in the day before its incident, at the same time of day. */
  historyTimes: 'moved' | 'as in the files';
}

const Target = z.object({
  target: z.object({ node: z.string(), metric: z.string(), agg: z.string(), timestamp: z.number() }),
  root_cause: z.object({ node: z.string() }),
});

/** A metrics file: times, and one row of values per column. */
export interface Table {
  t: number[];
  columns: { node: string; metric: string; stat: string; v: (number | null)[] }[];
}

/** How long an incident file is, and so a fault-free window: 5 rows, alarm in the third. */
const windowRows = 5;
const rowsBefore = 2;
/** A day of five-minute rows before the first window asks: less is no history. */
const leastHistory = 288;

export function loadPetShop(folder: string, options: HistoryTimes = { historyTimes: 'moved' }): PetShop {
  const parts = foldersWith(folder, 'graph.csv').map((scenario) => loadScenario(folder, scenario, options));
  return {
    cases: parts.flatMap(({ cases }) => cases),
    *quiet(known) {
      for (const part of parts) yield* part.quiet(known);
    },
  };
}

function loadScenario(root: string, scenario: string, options: HistoryTimes): PetShop {
  const edges = readGraph(readFileSync(join(scenario, 'graph.csv'), 'utf8'));
  const incidents = foldersWith(scenario, 'target.json');
  const historyFolder = foldersWith(scenario, 'metrics.csv').find((path) => !existsSync(join(path, 'target.json')));
  const history = historyFolder ? readTable(readFileSync(join(historyFolder, 'metrics.csv'), 'utf8')) : null;
  const cases = incidents.map((incident): RankingCase => {
    const { target, root_cause } = Target.parse(JSON.parse(readFileSync(join(incident, 'target.json'), 'utf8')));
    const rows = readTable(readFileSync(join(incident, 'metrics.csv'), 'utf8'));
    const before = history && options.historyTimes === 'moved' ? movedBefore(history, rows.t[0] ?? target.timestamp) : history;
    const alert = { node: target.node, metric: target.metric, stat: target.agg, at: target.timestamp };
    return {
      hasHistory: history !== null,
      question: { id: relative(root, incident), alert, edges, metrics: joined(before, rows), logs: [], spans: [], changes: [] },
      answer: { node: root_cause.node },
    };
  });
  return { cases, quiet: (known = 'before') => (history ? quietWindows(history, { name: basename(scenario), edges, cases, known }) : []) };
}

const day = 86_400;

/** Earlier by as few whole days as put its last row before `start`. */
function movedBefore(history: Table, start: number): Table {
  const days = Math.max(0, Math.floor(((history.t.at(-1) ?? 0) - start) / day) + 1);
  return { ...history, t: history.t.map((t) => t - days * day) };
}

/** Row = caller, column = callee, any number but 0 = an edge. */
export function readGraph(text: string): [string, string][] {
  const [head = [], ...rows] = parse(text, { relax_column_count: true, skip_empty_lines: true }) as string[][];
  return rows.flatMap(([caller = '', ...cells]) =>
    cells.flatMap((cell, at): [string, string][] => (Number(cell) !== 0 && head[at + 1] ? [[caller, head[at + 1] ?? '']] : [])),
  );
}

export function readTable(text: string): Table {
  const [nodes = [], metrics = [], stats = [], ...rows] = parse(text, { relax_column_count: true, skip_empty_lines: true }) as string[][];
  const data = rows.filter(([time = '']) => /^\d+(\.\d+)?$/.test(time));
  const columns = nodes.slice(1).map((node, at) => ({
    node,
    metric: metrics[at + 1] ?? '',
    stat: stats[at + 1] ?? '',
    v: data.map((row) => numberOf(row[at + 1])),
  }));
  return { t: data.map(([time]) => Number(time)), columns };
}

function numberOf(cell: string | undefined): number | null {
  const value = cell?.trim() ? Number(cell) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

/** History first, then the incident; a column that only one of them has keeps its own times. */
function joined(history: Table | null, rows: Table): Series[] {
  const past = new Map(history?.columns.map((column) => [keyOf(column), column]));
  const present = new Map(rows.columns.map((column) => [keyOf(column), column]));
  return [...new Map([...present, ...past]).entries()].map(([key, { node, metric, stat }]) => {
    const [before, during] = [past.get(key), present.get(key)];
    return {
      node,
      metric,
      stat,
      t: [...(before ? (history?.t ?? []) : []), ...(during ? rows.t : [])],
      v: [...(before?.v ?? []), ...(during?.v ?? [])],
    };
  });
}

function keyOf({ node, metric, stat }: Table['columns'][number]): string {
  return JSON.stringify([node, metric, stat]);
}

/** Windows beside one another, each asked once for every alarm that the incidents raise. */
function* quietWindows(
  history: Table,
  { name, edges, cases, known }: { name: string; edges: [string, string][]; cases: RankingCase[]; known: QuietHistory },
): Generator<Case> {
  const alarms = new Map(cases.map(({ question: { alert } }) => [`${alert.metric} of ${alert.node}`, alert]));
  for (let start = leastHistory; start + windowRows <= history.t.length; start += windowRows) {
    const end = start + windowRows;
    const [from, to] = { before: [0, end], around: [0, history.t.length], none: [start, end] }[known] as [number, number];
    const metrics = history.columns.map(({ node, metric, stat, v }) => ({
      node,
      metric,
      stat,
      t: history.t.slice(from, to),
      v: v.slice(from, to),
    }));
    for (const [what, alert] of alarms) {
      const at = history.t[start + rowsBefore] ?? 0;
      yield { id: `${name}, ${what}, row ${start}`, alert: { ...alert, at }, edges, metrics, logs: [], spans: [], changes: [] };
    }
  }
}
