/**
 * What is wrong, gathered from everything a case holds: texts (alert, log shapes that appeared or rose, failing and slow spans, names of
 * metrics that left their course), the kinds of trouble they speak of, and when it began. It judges no cause.
 */
import type { Case, Span } from '../case/case.ts';
import { type CallGraph, callGraph } from './call-graph.ts';
import { type Family, families, general } from './families.ts';
import { type LogShape, logShapes } from './log-shapes.ts';
import { aroundAlert, beganAt, risenAround } from './risen.ts';
import { type Shift, shifts } from './shifts.ts';

export interface SymptomText {
  node: string;
  text: string;
  /** 0..1: how surely this text is part of the trouble. */
  weight: number;
  source: 'alert' | 'log' | 'span' | 'metric';
}

export interface Symptoms {
  /** Unix seconds: the first sign of trouble that is not a slow climb. */
  onset: number;
  texts: SymptomText[];
  /** 0..1 per kind of trouble. */
  families: ReadonlyMap<Family, number>;
  shifts: Shift[];
  /** Log shapes that belong to the trouble. */
  badShapes: LogShape[];
  /** The other shapes: how the system talks when it is well. */
  calmShapes: LogShape[];
  badSpans: Span[];
  graph: CallGraph;
}

/** A span is slow when it takes so many times what the same call took before. */
const slow = 3;
/** More of an alert's text is not read. */
const longestSummary = 2000;
/** Signs older than this before the alert do not set the onset, seconds. */
const oldestSign = 2 * 3600;

export function symptomsOf(given: Case): Symptoms {
  const { alert, logs, metrics, spans } = given;
  const shapes = logShapes(logs);
  const bad = new Set(foremost(badShapes(shapes, alert.at)));
  const moved = shifts(metrics, alert.at + 60);
  const badSpans = spans.filter((span) => isBadStatus(span.status));
  const slowSpans = slowOnes(spans);
  const texts: SymptomText[] = [];
  const summary = alert.summary ?? shapes.find(({ node, times }) => node === alert.node && times.includes(alert.at))?.example;
  if (summary) texts.push({ node: alert.node, text: summary.slice(0, longestSummary), weight: 1, source: 'alert' });
  if (alert.metric) texts.push({ node: alert.node, text: alert.metric, weight: 0.8, source: 'alert' });
  for (const shape of bad) {
    texts.push({ node: shape.node, text: shape.example, weight: shape.badness > 0 ? shape.badness : 0.3, source: 'log' });
  }
  for (const { node, name } of badSpans) texts.push({ node, text: name, weight: 0.6, source: 'span' });
  for (const { node, name } of slowSpans) texts.push({ node, text: name, weight: 0.4, source: 'span' });
  for (const { node, metric } of moved) texts.push({ node, text: metric, weight: 0.5, source: 'metric' });
  const graph = callGraph(given);
  return {
    onset: onsetOf(given, [...bad], moved, badSpans),
    texts: distinct(texts),
    families: familiesOf(texts, moved, graph),
    shifts: moved,
    badShapes: [...bad],
    calmShapes: foremost(shapes.filter((shape) => !bad.has(shape))),
    badSpans: [...badSpans, ...slowSpans],
    graph,
  };
}

/** Words, HTTP statuses, and 2, which is OpenTelemetry's number for an error. */
export function isBadStatus(status: string): boolean {
  return /err|fail|fault|unavailable|internal|deadline|exhausted|unknown|denied|unauth|^[45]\d\d$|^(?:status_code_)?2$/i.test(status);
}

function badShapes(shapes: readonly LogShape[], at: number): LogShape[] {
  const hasRisen = risenAround(shapes, at);
  const calmLength = at - aroundAlert - shapes.reduce((least, { first }) => Math.min(least, first), at);
  const speaking = shapes.filter(({ badness }) => badness > 0);
  const appeared = speaking.filter(hasRisen);
  // A trouble older than the window cannot rise any more: then every complaint counts.
  const complaints = appeared.length > 0 ? appeared : speaking;
  const isTold = calmLength > aroundAlert;
  return [
    ...complaints,
    ...(isTold ? shapes.filter((shape) => shape.badness === 0 && hasRisen(shape) && shape.times.every((t) => t >= at - aroundAlert)) : []),
  ];
}

/** Of more kinds of lines than these, the worst and most frequent stand for all. */
const mostShapes = 200;

function foremost(shapes: readonly LogShape[]): LogShape[] {
  if (shapes.length <= mostShapes) return [...shapes];
  return [...shapes].sort((a, b) => b.badness - a.badness || b.count - a.count || a.first - b.first).slice(0, mostShapes);
}

function slowOnes(spans: readonly Span[]): Span[] {
  const least = new Map<string, number>();
  for (const { node, name, durationMs } of spans) {
    const key = `${node}\n${name}`;
    least.set(key, Math.min(durationMs, least.get(key) ?? durationMs));
  }
  return spans.filter(
    (span) => !isBadStatus(span.status) && span.durationMs >= slow * Math.max(1, least.get(`${span.node}\n${span.name}`) ?? 0),
  );
}

function onsetOf({ alert }: Case, bad: readonly LogShape[], moved: readonly Shift[], badSpans: readonly Span[]): number {
  const signs = [alert.at];
  for (const shape of bad) if (shape.badness > 0) signs.push(beganAt(shape, alert.at));
  for (const { start } of badSpans) signs.push(start);
  for (const { node, metric, shape, at } of moved) if (shape === 'step' && node === alert.node && metric === alert.metric) signs.push(at);
  return signs.reduce((first, t) => (t < first && t >= alert.at - oldestSign ? t : first), alert.at);
}

function familiesOf(texts: readonly SymptomText[], moved: readonly Shift[], graph: CallGraph): Map<Family, number> {
  const found = new Map<Family, number>();
  const add = (family: Family, strength: number): void => {
    found.set(family, Math.max(found.get(family) ?? 0, strength * (general[family] ?? 1)));
  };
  for (const { text, weight } of texts) {
    for (const [family, pattern] of Object.entries(families) as [Family, RegExp][]) if (pattern.test(text)) add(family, weight);
  }
  for (const { node, metric, before, after, shape } of moved) {
    if (isTraffic(metric) && after >= 2 * before) add(graph.callers.get(node)?.size ? 'fanout' : 'traffic', 0.9);
    if (shape === 'ramp' && after > before && /mem|heap|rss/i.test(metric)) add('memory', 1);
  }
  return found;
}

export function isTraffic(metric: string): boolean {
  return (
    /^requests?(?:$|_)|requests?_per_|_rps\b|^rps\b|\bqps\b|throughput|request_(?:count|rate)|calls_per_/i.test(metric) &&
    !isFailure(metric)
  );
}

export function isFailure(metric: string): boolean {
  return /err|fail|5xx|4xx|429|50[0-9]|reject|drop|oom|restart|panic|dead_letter|duration|latency|wait|queue|depth|timeout/i.test(metric);
}

function distinct(texts: readonly SymptomText[]): SymptomText[] {
  const seen = new Map<string, SymptomText>();
  for (const text of texts) {
    const key = `${text.node}\n${text.text}`;
    const known = seen.get(key);
    if (!known || known.weight < text.weight) seen.set(key, text);
  }
  return [...seen.values()];
}
