/** What each action may do by itself on each service, and orders about it, over the agent's API. */
import { AutonomyDetail, AutonomyList, type AutonomyView } from '../api/contract.ts';
import type { ApiClient } from './api-client.ts';
import { columns } from './columns.ts';
import { plain } from './plain.ts';

export interface Place {
  cluster: string;
  service: string;
  action: string;
}

export interface GivenOrder {
  /** Null takes the order in force back. */
  level: 'observe' | 'suggest' | 'approve' | 'auto' | null;
  reason: string;
  /** Left out with a personal token. */
  by: string | undefined;
}

export async function allAutonomy(api: ApiClient): Promise<AutonomyView[]> {
  return (await api.get('/autonomy', AutonomyList)).autonomy;
}

export function autonomyOf(api: ApiClient, place: Place): Promise<AutonomyDetail> {
  return api.get(pathOf(place), AutonomyDetail);
}

export function orderAutonomy(api: ApiClient, place: Place, { by, ...order }: GivenOrder): Promise<AutonomyDetail> {
  return api.send('PUT', pathOf(place), { ...order, ...(by === undefined ? {} : { by }) }, AutonomyDetail);
}

/** One line each, in columns. */
export function autonomyTable(found: readonly AutonomyView[]): string {
  const rows = found.map((one) => [`${one.cluster}/${one.service}`, one.action, levelOf(one), countsOf(one), one.because].map(plain));
  return columns([['SERVICE', 'ACTION', 'LEVEL', 'SO FAR', 'BECAUSE'], ...rows]);
}

export function autonomyLines({ autonomy, steps, shadows }: AutonomyDetail): string {
  const lines = [
    `${autonomy.action} on ${autonomy.cluster}/${autonomy.service}: ${levelOf(autonomy)} (${autonomy.because})`,
    `  so far: ${countsOf(autonomy)}`,
    ...(steps.length > 0 ? ['  what counted:'] : []),
    ...steps.map(({ at, what, level, row }) => `    ${at ?? 'some time'}  ${what}: ${level}, ${row} in a row`),
    ...(shadows.length > 0 ? ['  not carried out:'] : []),
    ...shadows.flatMap(({ keptAt, incidentId, plan, cause, result, detail }) => [
      `    ${keptAt}  ${plain(plan.summary)} for ${cause}, incident ${incidentId}`,
      `      ${result === null ? 'followed still' : `${result}: ${detail}`}`,
    ]),
  ];
  return lines.map((line) => line.slice(0, line.search(/\S/)) + plain(line)).join('\n');
}

function pathOf({ cluster, service, action }: Place): string {
  return `/autonomy/${[cluster, service, action].map(encodeURIComponent).join('/')}`;
}

function levelOf({ level, ceiling, row, needed }: AutonomyView): string {
  if (level === null) return 'nothing';
  const most = ceiling === level ? '' : ` of ${ceiling}`;
  return needed === null || ceiling === level ? `${level}${most}` : `${level}${most}, ${row}/${needed}`;
}

function countsOf({ counts }: AutonomyView): string {
  const words = Object.entries(counts).map(([word, count]) => `${count} ${word}`);
  return words.length === 0 ? 'nothing' : words.join(', ');
}
