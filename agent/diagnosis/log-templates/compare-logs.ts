/** What is different in the log lines since the onset: which kinds of lines appeared, vanished, rose or fell at which node. */
import type { LogLine } from '../case/case.ts';
import { compareWindows, type ShiftKind, type WindowCounts } from './compare-windows.ts';
import { createTemplateMiner, type TemplateMiner } from './miner.ts';

export interface TemplateChange {
  node: string;
  /** As logged, in lower case; empty when the lines say none. */
  level: string;
  /** With `<*>` for what varies. */
  template: string;
  /** The first such line since the onset, else the last before. */
  example: string;
  kind: ShiftKind;
  /** Lines before the onset, and since. */
  baseline: number;
  recent: number;
  expected: number;
  ratio: number;
  /** −log10 of the chance; see `TemplateShift`. */
  surprise: number;
  /** Unix seconds of the first and the last such line anywhere. */
  firstAt: number;
  lastAt: number;
  /** One sentence that names node and template. */
  evidence: string;
}

const maxExampleLength = 500;
/** The burstiness of a kind is judged from so many equal parts of the time before. */
const parts = 20;

interface Kind {
  node: string;
  level: string;
  template: number;
  example: string;
  baseline: number;
  recent: number;
  perPart: number[];
  firstAt: number;
  lastAt: number;
}

/** Empty when nothing was logged before the onset: what is new cannot be told without what was usual. The most surprising first. */
export function compareLogs(logs: readonly LogLine[], onset: number): TemplateChange[] {
  const lines = logs.filter(({ t }) => Number.isFinite(t)).sort((one, other) => one.t - other.t || order(one.msg, other.msg));
  const [first, last] = [lines[0]?.t ?? onset, lines.at(-1)?.t ?? onset];
  if (!(first < onset)) return [];
  const miner = createTemplateMiner();
  const kinds = kindsOf(lines, onset, first, miner);
  const counts = (of: (kind: Kind) => number) => new Map(kinds.map((kind, index) => [index, of(kind)]));
  const baseline: WindowCounts = { seconds: onset - first, counts: counts((kind) => kind.baseline), dispersion: counts(dispersionOf) };
  // Of a single line at the onset itself one would not know in which time it came.
  const recent: WindowCounts = { seconds: Math.max(last - onset, 1), counts: counts((kind) => kind.recent) };
  return compareWindows(baseline, recent).map(({ id, evidence, ...shift }): TemplateChange => {
    const { node, level, template, example, firstAt, lastAt } = kinds[id] as Kind;
    const text = miner.template(template) ?? '';
    return {
      node,
      level,
      template: text,
      example,
      ...shift,
      firstAt,
      lastAt,
      evidence: `${level || 'line'} of ${node} "${text}" ${evidence}`,
    };
  });
}

function kindsOf(lines: readonly LogLine[], onset: number, first: number, miner: TemplateMiner): Kind[] {
  // Only when all lines are read it is known which kinds are one.
  const ids = lines.map(({ msg }) => miner.add(msg));
  const byKey = new Map<string, Kind>();
  for (const [index, { t, node, level: said, msg }] of lines.entries()) {
    const template = miner.resolve(ids[index] as number);
    const level = said.toLowerCase();
    const key = JSON.stringify([node, level, template]);
    let kind = byKey.get(key);
    if (kind === undefined) {
      kind = { node, level, template, example: '', baseline: 0, recent: 0, perPart: new Array(parts).fill(0), firstAt: t, lastAt: t };
      byKey.set(key, kind);
    }
    if (t < onset) {
      kind.baseline += 1;
      const part = Math.min(parts - 1, Math.floor(((t - first) / (onset - first)) * parts));
      kind.perPart[part] = (kind.perPart[part] as number) + 1;
    } else kind.recent += 1;
    if (t < onset || kind.recent === 1) kind.example = msg.slice(0, maxExampleLength);
    kind.lastAt = t;
  }
  return [...byKey.values()];
}

/** Variance by mean, which is 1 of independent lines; a kind seen a few times only says nothing about its bursts. */
function dispersionOf({ baseline, perPart }: Kind): number {
  const mean = baseline / parts;
  if (mean === 0) return 1;
  const variance = perPart.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (parts - 1);
  return Math.max(1, variance / mean);
}

const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
