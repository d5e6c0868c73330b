/** How the models did, one row each. */
import Table from 'cli-table3';
import { wilson } from '../scores/wilson.ts';
import type { Answered } from './ask.ts';
import { kinds } from './questions.ts';

const head = ['model', ...kinds, 'no opinion', 'US dollars', 'per question', 'seconds, median', 'slowest'];

export function renderTable(answers: ReadonlyMap<string, readonly Answered[]>): string {
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const [model, all] of answers) table.push(rowOf(model, all));
  return table.toString();
}

export function rowOf(model: string, all: readonly Answered[]): string[] {
  const cost = all.reduce((sum, { costUsd }) => sum + costUsd, 0);
  const seconds = all.map((one) => one.seconds).sort((one, other) => one - other);
  const none = all.filter(({ isRight }) => isRight === null).length;
  return [
    model,
    ...kinds.map((kind) => shareOf(all.filter((one) => one.kind === kind && one.isRight !== null))),
    `${none} of ${all.length}`,
    cost.toFixed(4),
    (cost / Math.max(1, all.length)).toFixed(5),
    (seconds[Math.floor(seconds.length / 2)] ?? 0).toFixed(1),
    (seconds.at(-1) ?? 0).toFixed(1),
  ];
}

/** `5 of 6 (0.44–0.97)`: few cases say little, and the interval says how little. */
function shareOf(all: readonly Answered[]): string {
  if (all.length === 0) return '–';
  const share = { right: all.filter(({ isRight }) => isRight).length, of: all.length };
  const [lower, upper] = wilson(share);
  return `${share.right} of ${share.of} (${lower.toFixed(2)}–${upper.toFixed(2)})`;
}

export function renderMisses(answers: ReadonlyMap<string, readonly Answered[]>): string {
  const lines = [...answers].flatMap(([model, all]) =>
    all
      .filter(({ isRight }) => isRight !== true)
      .map(({ id, got, reason }) => `${model}: ${id}: ${got}${reason === 'it answered' ? '' : ` (${reason})`}`),
  );
  return lines.join('\n');
}
