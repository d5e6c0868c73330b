/** What models cost, from a running agent over its API. */
import { ModelCost, type ModelCostLine } from '../api/contract.ts';
import type { ApiClient } from './api-client.ts';
import { columns } from './columns.ts';
import { plain } from './plain.ts';

export function costOf(api: ApiClient, days: number): Promise<ModelCost> {
  return api.get(`/models/cost?days=${days}`, ModelCost);
}

export function costLines({ days, spending, incidentCeilingUsd, pricesReadOn, by }: ModelCost): string {
  const windows = { day: 'today (UTC)', month: 'this month (UTC)' };
  const soFar = [
    ...spending.map(({ window, spentUsd, ceilingUsd }) => [windows[window], `${usd(spentUsd)} of ${usd(ceilingUsd)}`]),
    ['one incident', `${usd(incidentCeilingUsd)} at most`],
  ];
  if (by.day.length === 0) return `${columns(soFar)}\n\nno model was asked in the last ${days} days`;
  const tables = Object.entries(by).map(([key, lines]) => tableOf(key, lines));
  const calls = sum(by.role, 'calls');
  const notes = [
    note(sum(by.role, 'estimated'), calls, 'count with the most they can cost: they are under way, or nobody said what they took'),
    note(sum(by.role, 'unpriced'), calls, 'went to models without a known price and count as the dearest: set KINTSUGI_LLM_BUDGET_PRICES'),
    `prices as read on ${pricesReadOn}`,
  ];
  return [columns(soFar), `the last ${days} days`, ...tables, notes.filter(Boolean).join('\n')].join('\n\n');
}

function tableOf(key: string, lines: readonly ModelCostLine[]): string {
  const rows = lines.map((line) => [
    plain(line.key),
    String(line.calls),
    String(line.inputTokens),
    String(line.outputTokens),
    usd(line.costUsd),
  ]);
  return columns([[key.toUpperCase(), 'CALLS', 'TOKENS IN', 'TOKENS OUT', 'COST'], ...rows]);
}

function sum(lines: readonly ModelCostLine[], field: 'calls' | 'estimated' | 'unpriced'): number {
  return lines.reduce((total, line) => total + line[field], 0);
}

function note(count: number, calls: number, words: string): string {
  return count === 0 ? '' : `${count} of ${calls} calls ${words}`;
}

/** Small sums with enough digits to tell them from nothing. */
function usd(amount: number): string {
  return `$${amount >= 1 || amount === 0 ? amount.toFixed(2) : amount.toPrecision(2)}`;
}
