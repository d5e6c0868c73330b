/** Drawings of the scorecard as SVG: no scripts, colours by class, every mark with a title that says it in words. */
import { secondsText } from '../figures.ts';
import { recoveryText } from '../markdown.ts';
import { type ClusterRecord, outcomes, type RunRecord } from '../record.ts';
import type { Scorecard } from '../scorecard.ts';
import { html, type Markup } from './markup.ts';

export const caretakerNames = { agent: 'the agent', restarter: 'restart on alert', nobody: 'nobody (ECS alone)' } as const;
/** Drawn in this order, so that the agent lies on top. */
const drawn = ['nobody', 'restarter', 'agent'] as const;

const width = 720;

/** Beside each other in the column of what was not seen. */
const unseen = { agent: width - 54, restarter: width - 32, nobody: width - 10 } as const;

/** Where a value lies between two ends of a line of pixels. */
function scale(least: number, most: number, from: number, to: number): (value: number) => number {
  const span = most - least || 1;
  return (value) => Math.round((from + ((value - least) / span) * (to - from)) * 10) / 10;
}

/** Round steps that make about five of them. */
function ticks(most: number): number[] {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300].find((one) => most / one <= 6) ?? 600;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}

/** One bar: how many runs came out as what. */
export function outcomeBar(counts: Scorecard['outcomes'], runs: number, name: string): Markup {
  const height = 22;
  const x = scale(0, runs, 0, width);
  let done = 0;
  const parts = outcomes.flatMap((outcome) => {
    const count = counts[outcome];
    if (count === 0) return [];
    const from = x(done);
    done += count;
    const wide = Math.max(1, x(done) - from - 2);
    const label = wide > 7 * `${outcome} ${count}`.length ? `${outcome} ${count}` : wide > 18 ? String(count) : '';
    return [
      html`<g class="o-${outcome}"><title>${outcome}: ${count} of ${runs}</title><rect x="${from}" y="0" width="${wide}" height="${height}" rx="3"/><text x="${from + 7}" y="15">${label}</text></g>`,
    ];
  });
  return html`<svg class="bar" viewBox="0 0 ${width} ${height}" role="img" aria-label="${name}: outcomes of ${runs} runs">${parts}</svg>`;
}

/** For each curable experiment, when users were well again: one mark for each who looked after a cluster, and a column for never. */
export function recoveryChart({ experiments }: Scorecard): Markup | null {
  const rows = experiments.filter(({ kind, recover }) => kind === 'curable' && recover.agent.runs > 0);
  if (rows.length === 0) return null;
  const [left, right, line, top] = [170, width - 100, 22, 26];
  const known = rows.flatMap(({ recover }) => drawn.flatMap((caretaker) => recover[caretaker].median ?? []));
  const most = Math.max(10, ...known);
  const x = scale(0, most, left, right);
  const height = top + rows.length * line + 8;
  const grid = ticks(most).map(
    (second) =>
      html`<line class="grid" x1="${x(second)}" x2="${x(second)}" y1="${top - 6}" y2="${height - 8}"/><text class="axis" x="${x(second)}" y="12" text-anchor="middle">${second} s</text>`,
  );
  const lines = rows.map((row, index) => {
    const y = top + index * line + line / 2;
    const marks = drawn.map((caretaker) => {
      const { runs, median } = row.recover[caretaker];
      if (runs === 0) return null;
      const at = median === null ? unseen[caretaker] : x(median);
      const said = recoveryText(row.recover[caretaker]);
      return html`<g class="c-${caretaker}"><title>${row.experiment}, ${caretakerNames[caretaker]}: ${said}</title>${mark(caretaker, at, y)}</g>`;
    });
    return html`<line class="grid" x1="${left}" x2="${width}" y1="${y}" y2="${y}"/><text class="name" x="${left - 10}" y="${y + 4}" text-anchor="end">${row.experiment}</text>${marks}`;
  });
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Median time until users were well again, by experiment">
${grid}<line class="edge" x1="${width - 72}" x2="${width - 72}" y1="${top - 6}" y2="${height - 8}"/><text class="axis" x="${width - 32}" y="12" text-anchor="middle">not seen</text>${lines}</svg>`;
}

/** Told apart by form as well as by colour. */
function mark(caretaker: ClusterRecord['caretaker'], x: number, y: number): Markup {
  if (caretaker === 'agent') return html`<circle cx="${x}" cy="${y}" r="5.5"/>`;
  if (caretaker === 'restarter') return html`<path d="M${x} ${y - 6}l6 6l-6 6l-6 -6z"/>`;
  return html`<rect x="${x - 4.5}" y="${y - 4.5}" width="9" height="9"/>`;
}

export function legend(): Markup {
  const entries = drawn
    .toReversed()
    .map(
      (caretaker) =>
        html`<span class="entry c-${caretaker}"><svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${mark(caretaker, 8, 8)}</svg>${caretakerNames[caretaker]}</span>`,
    );
  return html`<p class="legend">${entries}</p>`;
}

type Sample = ClusterRecord['samples'][number];

/** What users felt in each cluster from some seconds before the fault on; ticks at the foot are the changes of who looks after it. */
export function courseChart(record: RunRecord, signal: 'errorRatio' | 'latencyP95'): Markup {
  const [left, right, top, foot] = [46, width - 8, 8, 128];
  const height = foot + 22;
  const samples = record.clusters.flatMap((cluster) => cluster.samples);
  const last = Math.max(10, ...samples.map(({ at }) => at));
  const x = scale(Math.min(0, ...samples.map(({ at }) => at)), last, left, right);
  const most = signal === 'errorRatio' ? 1 : Math.max(1, ...samples.map((sample) => sample.latencyP95 ?? 0));
  const y = scale(0, most, foot, top);
  const name = signal === 'errorRatio' ? 'failed answers' : '95th percentile';
  const label = (value: number) => (signal === 'errorRatio' ? `${Math.round(value * 100)} %` : `${Math.round(value * 10) / 10} s`);
  const rows = [0, most / 2, most].map(
    (value) =>
      html`<line class="grid" x1="${left}" x2="${right}" y1="${y(value)}" y2="${y(value)}"/><text class="axis" x="${left - 6}" y="${y(value) + 4}" text-anchor="end">${label(value)}</text>`,
  );
  const times = ticks(last).map(
    (second) => html`<text class="axis" x="${x(second)}" y="${height - 4}" text-anchor="middle">${second} s</text>`,
  );
  const courses = drawn.flatMap((caretaker) => {
    const cluster = record.clusters.find((one) => one.caretaker === caretaker);
    if (!cluster) return [];
    const path = pathOf(cluster.samples, signal, x, y);
    const changes = cluster.changes.map(
      ({ at, operation, service }) =>
        html`<path class="change" d="M${x(at)} ${foot + 2}l4 7h-8z"><title>${caretakerNames[caretaker]}: ${operation} on ${service}, ${secondsText(at)}</title></path>`,
    );
    return [
      html`<g class="c-${caretaker}"><path class="course" d="${path}"><title>${caretakerNames[caretaker]}</title></path>${changes}</g>`,
    ];
  });
  return html`<figure><figcaption>${name}, ${record.clusters.length} clusters</figcaption><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${name} over time">
${rows}<line class="edge" x1="${x(0)}" x2="${x(0)}" y1="${top}" y2="${foot}"/>${times}${courses}</svg></figure>`;
}

/** A gap where there was no data. */
function pathOf(
  samples: readonly Sample[],
  signal: 'errorRatio' | 'latencyP95',
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  let isDrawing = false;
  return samples
    .map((sample) => {
      const value = sample[signal];
      if (value === null) {
        isDrawing = false;
        return '';
      }
      const step = `${isDrawing ? 'L' : 'M'}${x(sample.at)} ${y(value)}`;
      isDrawing = true;
      return step;
    })
    .join('');
}
