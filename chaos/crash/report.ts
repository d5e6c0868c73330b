/**
 * Makes docs/reliability.md from the rows the campaigns and the crash laboratory leave behind. Every figure on the page was measured by a
 * run; a goal nobody has measured says so. The rows are kept beside the page, so that one campaign can be run again by itself.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { failureBound } from './failure-bound.ts';
import { goals } from './goals.ts';

const CampaignRow = z.object({
  id: z.string().regex(/^[A-Z]\d+[a-z]?$/),
  title: z.string().min(1),
  store: z.enum(['sqlite', 'postgres', 'none']),
  runs: z.int().min(0),
  failures: z.int().min(0),
  seed: z.int(),
  seconds: z.number().min(0),
  notes: z.string(),
  measured: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
});
export type CampaignRow = z.infer<typeof CampaignRow>;

const MeasuredRow = CampaignRow.extend({
  /** The code that was measured. */
  commit: z.string().regex(/^[0-9a-f]{7,40}$/),
  /** What to type to measure it again. */
  command: z.string().min(1),
});
export type MeasuredRow = z.infer<typeof MeasuredRow>;

export interface ReportFiles {
  /** The page, with the markers `<!-- generated:campaigns -->` and `<!-- /generated -->`. */
  page: string;
  /** All rows on the page, as JSON. */
  data: string;
}

export const reportFiles: ReportFiles = { page: 'docs/reliability.md', data: 'docs/reliability.json' };

/** The rows of one run, as campaigns write them: one JSON file each. */
export function readRows(folder: string): CampaignRow[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.sort().map((name) => CampaignRow.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
}

export function readMeasured(file: string): MeasuredRow[] {
  return existsSync(file) ? z.array(MeasuredRow).parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

/** Puts the rows of a run on the page. A campaign that ran replaces what the page held of it; the others keep their rows. */
export function writeReport(
  rows: readonly CampaignRow[],
  run: { commit: string; command: string },
  files: ReportFiles = reportFiles,
): void {
  const fresh = rows.map((row) => MeasuredRow.parse({ ...row, ...run }));
  const replaced = new Set(fresh.map(placeOf));
  const kept = readMeasured(files.data).filter((row) => !replaced.has(placeOf(row)));
  const all = [...kept, ...fresh].sort(byPlace);
  const page = withReport(readFileSync(files.page, 'utf8'), all);
  writeFileSync(files.data, `${JSON.stringify(all, null, 2)}\n`);
  writeFileSync(files.page, page);
}

/** The page with the table of these rows; throws when the markers are missing. */
export function withReport(page: string, rows: readonly MeasuredRow[]): string {
  const open = '<!-- generated:campaigns -->';
  const close = '<!-- /generated -->';
  const start = page.indexOf(open);
  const end = page.indexOf(close, start);
  if (start < 0 || end < 0) throw new Error(`the page has no block ${open} … ${close}`);
  return `${page.slice(0, start + open.length)}\n${reportText(rows)}\n${page.slice(end)}`;
}

function placeOf({ id, store, title }: CampaignRow): string {
  return JSON.stringify([id, store, title]);
}

function byPlace(one: CampaignRow, other: CampaignRow): number {
  const order = [orderOf(one.id) - orderOf(other.id), one.store.localeCompare(other.store), one.title.localeCompare(other.title)];
  return order.find((difference) => difference !== 0) ?? 0;
}

/** R before S, then by number. */
function orderOf(id: string): number {
  return (id.charCodeAt(0) - 65) * 1000 + Number.parseInt(id.slice(1), 10);
}

function reportText(rows: readonly MeasuredRow[]): string {
  const unmeasured = goals.filter((goal) => !rows.some((row) => row.id === goal.id));
  return [
    '| Id | Goal |',
    '| --- | --- |',
    ...goals.map(({ id, goal }) => `| ${id} | ${cell(goal)} |`),
    '',
    '| Id | What | Store | Runs | Failures | 95 % bound | Seed | Seconds | Commit |',
    '| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- |',
    ...rows.map(tableRow),
    ...unmeasured.map(({ id }) => `| ${id} | **not measured yet** | | | | | | | |`),
    '',
    ...detailLines(rows),
    ...commandLines(rows),
  ].join('\n');
}

function tableRow(row: MeasuredRow): string {
  const bound = row.runs === 0 ? '' : `≤ ${percent(failureBound(row.failures, row.runs))}`;
  const cells = [row.id, cell(row.title), row.store, number(row.runs), number(row.failures), bound, row.seed, row.seconds];
  return `| ${[...cells, `\`${row.commit.slice(0, 7)}\``].join(' | ')} |`;
}

function detailLines(rows: readonly MeasuredRow[]): string[] {
  const lines = rows.flatMap(({ id, store, measured = {}, notes }) => {
    const figures = Object.entries(measured).map(([name, value]) => `${name} ${typeof value === 'number' ? number(value) : value}`);
    const words = [figures.join(', '), notes].filter((part) => part !== '').join('; ');
    return words === '' ? [] : [`- ${id} (${store}): ${oneLine(words)}`];
  });
  return lines.length > 0 ? ['Measured along the way:', '', ...lines, ''] : [];
}

function commandLines(rows: readonly MeasuredRow[]): string[] {
  const commands = [...new Set(rows.map((row) => row.command))];
  return commands.length > 0 ? ['Measured by:', '', ...commands.map((command) => `- \`${command}\``)] : [];
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

function oneLine(text: string): string {
  // What failed may quote anything; on the page it stays text.
  return text
    .replace(/\s+/g, ' ')
    .replace(/[<>`|]/g, (character) => `\\${character}`)
    .trim();
}

function cell(text: string): string {
  return oneLine(text);
}
