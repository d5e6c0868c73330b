/**
 * Evidence as text for a model: one fact a line, bounded, under a short name to cite it by. Pure. What strangers wrote stays data: it is cleaned
 * here, and masked and fenced by whoever sends it.
 */
import type { Evidence, Fact, MetricSeries } from '../domain/evidence.ts';
import type { EvidenceId } from '../domain/ids.ts';
import { cleanText } from './answer.ts';

/** One answer of a source, as a model sees it. */
export interface Citable {
  id: EvidenceId;
  /** `E1`, `E2`, …: short enough to be copied without a mistake, and of no use outside this conversation. */
  alias: string;
  /** In our own words only. */
  label: string;
  text: string;
}

export interface CitableOptions {
  /** Services whose facts come first. */
  focus: readonly string[];
  /** Of all texts together. */
  maxCharacters?: number;
}

const maxStringLength = 300;
const maxListLength = 5;
const maxDiffLength = 1_500;
/** An answer with less room than this says nothing. */
const leastCharacters = 300;

export function citable(evidence: readonly Evidence[], { focus, maxCharacters = 24_000 }: CitableOptions): Citable[] {
  const room = Math.max(leastCharacters, Math.floor(maxCharacters / Math.max(1, evidence.length)));
  return evidence.map((answer, index) => {
    const alias = `E${index + 1}`;
    return { id: answer.id, alias, label: `evidence ${alias}, ${answer.source}: ${answer.status}`, text: textOf(answer, focus, room) };
  });
}

/** What a model cited, as ids. What is no name of ours is struck out; a name that comes twice counts once. */
export function citedIds(citables: readonly Citable[], cited: readonly string[]): { ids: EvidenceId[]; struck: number } {
  const known = new Map(citables.map(({ alias, id }) => [alias.toLowerCase(), id]));
  const found = cited.map((name) => known.get(name.trim().toLowerCase()));
  const ids = found.filter((id) => id !== undefined);
  return { ids: [...new Set(ids)], struck: found.length - ids.length };
}

function textOf({ question, from, to, detail, facts }: Evidence, focus: readonly string[], room: number): string {
  const about = [`asked: ${cleanText(question, maxStringLength)}`, `from ${from} to ${to}`];
  if (detail) about.push(`detail: ${cleanText(detail, maxStringLength)}`);
  const lines = [...about];
  let left = room - about.join('\n').length;
  const sorted = inFocusFirst(facts, focus);
  for (const [index, fact] of sorted.entries()) {
    const line = factInWords(fact);
    left -= line.length + 1;
    if (left < 0) {
      lines.push(`… and ${sorted.length - index} facts more`);
      break;
    }
    lines.push(line);
  }
  return lines.join('\n');
}

function inFocusFirst(facts: readonly Fact[], focus: readonly string[]): Fact[] {
  const isInFocus = (fact: Fact) => servicesOf(fact).some((service) => focus.includes(service));
  return [...facts.filter(isInFocus), ...facts.filter((fact) => !isInFocus(fact))];
}

function servicesOf(fact: Fact): string[] {
  if ('service' in fact) return [fact.service];
  return 'caller' in fact ? [fact.caller, fact.callee] : [];
}

/** `service-signal {"service":"checkout","signal":"error-ratio","now":0.35,"before":0}` */
function factInWords(fact: Fact): string {
  const { kind, ...rest } = fact.kind === 'series' ? seriesInWords(fact) : fact;
  return `${kind} ${JSON.stringify(shortened(rest))}`;
}

function seriesInWords({ points, ...rest }: MetricSeries) {
  const values = points.map(([, value]) => value).filter((value) => value !== null);
  return { ...rest, points: points.length, first: values[0], last: values.at(-1), lowest: least(values), highest: most(values) };
}

function least(values: readonly number[]): number | undefined {
  return values.length > 0 ? values.reduce((one, other) => Math.min(one, other)) : undefined;
}

function most(values: readonly number[]): number | undefined {
  return values.length > 0 ? values.reduce((one, other) => Math.max(one, other)) : undefined;
}

function shortened(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return cleanText(value, name === 'diff' ? maxDiffLength : maxStringLength);
  if (Array.isArray(value)) return value.slice(0, maxListLength).map((one) => shortened(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shortened(one, key)]));
}
