/** The figures as a table for the terminal, as JSON, and as the generated block of a page. */
import { readFileSync, writeFileSync } from 'node:fs';
import Table from 'cli-table3';
import type { Goal, Judged, Spread } from './figure.ts';
import type { Machine } from './machine.ts';

export interface BenchReport {
  startedAt: string;
  command: string;
  machine: Machine;
  /** Of 1, 5 and 15 minutes, before the first and after the last scenario. */
  loadBefore: string;
  loadAfter: string;
  rounds: number;
  /** Of a measured window. */
  seconds: number;
  figures: Judged[];
}

export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** `12.3 (11.0–14.1)`, the span only where there is one. */
function spreadText(spread: Spread | null, unit = ''): string {
  if (!spread) return '–';
  const span = spread.least === spread.most ? '' : ` (${number(spread.least)}–${number(spread.most)})`;
  return `${number(spread.median)}${unit && ` ${unit}`}${span}`;
}

function goalText(goal: Goal | null, hasFloor: boolean, unit: string): string {
  if (!goal) return '–';
  const of = (value: number) => (hasFloor ? `${value} ×` : `${value}${unit && ` ${unit}`}`);
  return `${goal.compare === 'at least' ? '≥' : '≤'} ${of(goal.value)}${goal.aim === undefined ? '' : ` (aim ${of(goal.aim)})`}`;
}

const words = { met: 'met', missed: 'MISSED', invalid: 'INVALID', shown: '' } as const;

function cells(figure: Judged): string[] {
  const { title, floor, product, unit, goal, floorSpread, productSpread, ratio, verdict } = figure;
  return [
    title,
    floor ? `${floor.name}: ${spreadText(floorSpread, unit)}` : '–',
    verdict === 'invalid' ? '–' : `${spreadText(productSpread, unit)}; ${product.name}`,
    verdict === 'invalid' ? '–' : spreadText(ratio),
    goalText(goal, floor !== null, unit),
    words[verdict],
  ];
}

const head = ['what', 'floor', 'agent', 'ratio', 'goal', 'result'];

export function renderTable(report: BenchReport): string {
  const table = new Table({ head, style: { head: [], border: [] }, wordWrap: true, colWidths: [30, 30, 38, 20, 22, 10] });
  for (const figure of report.figures) table.push(cells(figure));
  return [table.toString(), ...remarks(report), ...circumstances(report)].join('\n');
}

/** What a number needs beside it: notes, and why one scores nothing. */
function remarks({ figures }: BenchReport): string[] {
  return figures.flatMap(({ title, notes, invalid }) => [
    ...notes.map((note) => `  ${title}: ${note}`),
    ...[...new Set(invalid)].map((fault) => `  INVALID, ${title}: ${fault}`),
  ]);
}

function circumstances({ machine, rounds, seconds, loadBefore, loadAfter, startedAt }: BenchReport): string[] {
  return [
    `  ${startedAt}, ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, stores on ${machine.fileSystem}`,
    `  ${machine.pinning}; ${rounds} rounds, windows of ${seconds} s; medians (least–most); load average before ${loadBefore}, after ${loadAfter}`,
  ];
}

const begin = '<!-- generated:bench -->';
const end = '<!-- /generated -->';

/** The page with its block made anew; throws when the page has no such block. */
export function withBlock(page: string, report: BenchReport): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < from) throw new Error(`the page has no block between ${begin} and ${end}`);
  return `${page.slice(0, from)}${begin}\n${markdown(report)}\n${page.slice(to)}`;
}

export function writeDocument(path: string, report: BenchReport): void {
  writeFileSync(path, withBlock(readFileSync(path, 'utf8'), report));
}

function markdown(report: BenchReport): string {
  const escaped = (text: string) => text.replaceAll('|', '\\|');
  const row = (texts: readonly string[]) => `| ${texts.map(escaped).join(' | ')} |`;
  return [
    `Made by \`${report.command}\`.`,
    '',
    row(head),
    row(head.map(() => '---')),
    ...report.figures.map((figure) => row(cells(figure))),
    '',
    ...[...remarks(report), ...circumstances(report)].map((line) => `- ${line.trim()}`),
  ].join('\n');
}
