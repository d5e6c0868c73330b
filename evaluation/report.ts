/** The figures as tables for the terminal, and as the generated block of a page. */
import { readFileSync, writeFileSync } from 'node:fs';
import Table from 'cli-table3';
import { withBlock } from '../docs/block.ts';
import { type Figure, type Miss, measuredOf, type NotRun, verdictOf } from './figure.ts';
import { type Band, brier, type Claim, calibrate } from './scores/calibration.ts';
import { wilson } from './scores/wilson.ts';

export interface Report {
  command: string;
  seed: number;
  figures: Figure[];
  claims: Claim[];
  misses: Miss[];
  notRun: NotRun[];
  notes: string[];
}

interface Lines {
  head: string[];
  rows: string[][];
}

function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return Number.isInteger(value) ? value.toLocaleString('en') : value.toFixed(Math.abs(value) >= 10 ? 1 : 3);
}

function cells(figure: Figure): string[] {
  const { suite, title, ours, published, goal } = figure;
  const isShare = 'of' in ours;
  const [lower, upper] = isShare ? wilson(ours) : [0, 0];
  return [
    suite,
    title,
    published || '–',
    isShare ? `${ours.right} of ${ours.of} (${number(measuredOf(figure))})` : `${number(ours.value)}${ours.unit && ` ${ours.unit}`}`,
    isShare ? `${lower.toFixed(2)}–${upper.toFixed(2)}` : '–',
    goal ? `${goal.compare === 'at least' ? '≥' : '≤'} ${number(goal.value)}` : '–',
    verdictOf(figure),
  ];
}

function figureLines({ figures }: Report): Lines {
  return { head: ['data', 'what', 'published', 'ours', '95 %', 'goal', 'result'], rows: figures.map(cells) };
}

function calibrationLines({ claims }: Report): Lines {
  const rows = calibrate(claims).map((band: Band) => {
    const [lower, upper] = wilson(band);
    const name = `${band.from.toFixed(2)}–${band.to.toFixed(2)}`;
    return [name, String(band.of), band.claimed.toFixed(2), (band.right / band.of).toFixed(2), `${lower.toFixed(2)}–${upper.toFixed(2)}`];
  });
  return { head: ['confidence', 'answers', 'claimed', 'right', '95 %'], rows };
}

function remarks({ notRun, notes, claims, seed }: Report): string[] {
  return [
    ...notRun.map(({ suite, why }) => `!!! NOT RUN: ${suite}: ${why}`),
    ...notes,
    ...(claims.length === 0
      ? []
      : [`Brier score of ${claims.length} answers: ${brier(claims).toFixed(3)}; answers that abstain claim nothing and are not counted.`]),
    `Seed of everything made by chance: ${seed}.`,
  ];
}

export function renderTables(report: Report): string {
  const table = ({ head, rows }: Lines, colWidths: number[]) => {
    const drawn = new Table({ head, style: { head: [], border: [] }, wordWrap: true, colWidths });
    drawn.push(...rows);
    return drawn.toString();
  };
  return [
    table(figureLines(report), [18, 44, 34, 22, 12, 9, 8]),
    table(calibrationLines(report), [14, 10, 10, 8, 12]),
    ...remarks(report),
  ].join('\n');
}

export function renderMisses(misses: readonly Miss[]): string {
  return misses.map((miss) => `${miss.suite} ${miss.case}\n    expected ${miss.expected}\n    got      ${miss.got}`).join('\n');
}

export function renderMarkdown(report: Report): string {
  const row = (texts: readonly string[]) => `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = ({ head, rows }: Lines) => [row(head), row(head.map(() => '---')), ...rows.map(row)];
  return [
    `Made by \`${report.command}\`.`,
    '',
    ...table(figureLines(report)),
    '',
    'Is an answer as often right as it says?',
    '',
    ...table(calibrationLines(report)),
    '',
    ...remarks(report).map((line) => `- ${line}`),
  ].join('\n');
}

export function writeDocument(file: string, report: Report): void {
  writeFileSync(file, withBlock(readFileSync(file, 'utf8'), { block: 'evaluation', text: renderMarkdown(report), file }));
}
