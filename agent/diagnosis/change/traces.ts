/**
 * Do a change's own words stand in the symptoms? BM25 (Robertson & Zaragoza 2009) turned round: the symptoms are the query, changes the documents.
 *
 *   sum over shared words w of  q(w) · idf(w) · f(w),   idf(w) = ln(1 + (N − n + ½) / (n + ½))
 *
 * N counts the changes and the calm log shapes, n those of them that hold w: a word the system always uses weighs little. f(w) is the best
 * field that holds w: names that came or went 1; names on both sides, unchanged lines, comments, message and paths ¼, or message and paths ½
 * where there is no diff to see. Words of node names are left out: they say where,
 * not what. A particular name (`order_lines`) that stands in both counts by itself. The sum becomes 1 − exp(−sum / scale), 0..1.
 */
import { type Family, families } from '../symptom/families.ts';
import type { Symptoms } from '../symptom/symptoms.ts';
import { namesIn, particularNames, plainName, quotedNames, stem, words } from '../symptom/words.ts';
import type { Diff } from './diff.ts';

export interface Written {
  message: string;
  files: readonly string[];
  diff: Diff | undefined;
}

export interface Traces {
  /** 0..1 for a whole change, and the words that did it. */
  of: (written: Written) => { strength: number; shared: string[] };
  /** 0..1 for some lines of code alone. */
  ofLines: (lines: readonly string[]) => number;
  /** Lines that hold a particular name which a symptom speaks of as missing, unknown or refused. */
  naming: (lines: readonly string[]) => string[];
}

/** Kinds of trouble whose texts name what is not there. */
export const lackingKinds: readonly Family[] = ['schema', 'missing', 'config', 'parse', 'permission'];

/** About the weight of two rare words. */
const scale = 5;
/** A particular name counts as much as a word this rare. */
const particular = 3;

export function tracesIn({ texts, calmShapes }: Symptoms, all: readonly Written[], nodes: ReadonlySet<string>): Traces {
  const where = new Set([...nodes].flatMap(words));
  const nodeNames = new Set([...nodes].map(plainName));
  const query = new Map<string, number>();
  const names = new Map<string, number>();
  const lacking = new Set<string>();
  for (const { text, weight, source } of texts) {
    const sure = source === 'metric' ? weight / 2 : weight;
    for (const word of words(text)) if (!where.has(word)) query.set(word, Math.max(query.get(word) ?? 0, sure));
    const isLack = source !== 'metric' && lackingKinds.some((kind) => families[kind].test(text));
    for (const name of particularNames(text)) {
      if (nodeNames.has(name)) continue;
      names.set(name, Math.max(names.get(name) ?? 0, sure));
      if (isLack) lacking.add(name);
    }
    if (isLack) for (const name of quotedNames(text)) if (!nodeNames.has(name) && !where.has(stem(name))) lacking.add(name);
  }
  const changed = all.map((written) => new Set(fields(written).flatMap(([, text]) => words(text))));
  const calm = calmShapes.map(({ example }) => new Set(words(example)));
  const documents = changed.length + calm.length;
  const holders = new Map<string, number>();
  for (const document of [...changed, ...calm]) {
    for (const word of document) if (query.has(word)) holders.set(word, (holders.get(word) ?? 0) + 1);
  }
  const idf = (word: string): number => {
    const n = holders.get(word) ?? 0;
    return Math.log(1 + (documents - n + 0.5) / (n + 0.5));
  };
  const weigh = (parts: readonly [number, string][]): { strength: number; shared: string[] } => {
    const best = new Map<string, number>();
    const keep = (word: string, worth: number): void => {
      if (worth > (best.get(word) ?? 0)) best.set(word, worth);
    };
    for (const [field, text] of parts) {
      for (const word of words(text)) keep(word, field * (query.get(word) ?? 0) * idf(word));
      for (const name of particularNames(text)) keep(`"${name}"`, field * (names.get(name) ?? 0) * particular);
    }
    const shared = [...best].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    const sum = shared.reduce((total, [, worth]) => total + worth, 0);
    return { strength: 1 - Math.exp(-sum / scale), shared: shared.slice(0, 6).map(([word]) => word) };
  };
  return {
    of: (written) => weigh(fields(written)),
    ofLines: (lines) => weigh([[1, lines.join('\n')]]).strength,
    naming: (lines) => lines.filter((line) => namesIn(line).some((name) => lacking.has(name))),
  };
}

function fields({ message, files, diff }: Written): [number, string][] {
  const told = `${message}\n${files.join(' ')}`;
  if (!diff) return [[0.5, told]];
  const [removed, added] = [namesOf(diff.removed), namesOf(diff.added)];
  const changed = [...removed].filter((name) => !added.has(name)).concat([...added].filter((name) => !removed.has(name)));
  const kept = [...removed].filter((name) => added.has(name));
  return [
    [1, changed.join(' ')],
    [0.25, [told, kept.join(' '), diff.context, diff.comments].join('\n')],
  ];
}

/** Every name, written word and literal of the code, as it is spelt. */
function namesOf(lines: readonly string[]): Set<string> {
  return new Set(lines.flatMap((line) => line.match(/[A-Za-z_][\w:-]*/g) ?? []));
}
