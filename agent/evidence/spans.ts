/** What the spans of some traces show: who calls whom, and which spans failed or took unusually long. It knows no vendor. */
import type { CallEdge, SpanFact } from '../domain/evidence.ts';
import { cleanText } from './answer.ts';

export interface Span {
  trace: string;
  span: string;
  parent: string | null;
  service: string;
  /** Of an outgoing call to something that sends no spans: its name. Empty otherwise. */
  peer: string;
  name: string;
  /** Milliseconds since the epoch. */
  startMs: number;
  durationMs: number;
  failed: boolean;
}

const maxNameLength = 200;

/** Each span once: several questions may have brought the same trace. */
export function distinct(spans: readonly Span[]): Span[] {
  return [...new Map(spans.map((span) => [keyOf(span.trace, span.span), span])).values()];
}

/** One edge for each pair of services of which one's span is the other's child. A call counts as failed when either side says so. */
export function edgesOf(spans: readonly Span[], windowSeconds: number): CallEdge[] {
  const byKey = new Map(spans.map((span) => [keyOf(span.trace, span.span), span]));
  const edges = new Map<string, CallEdge & { calls: number; errors: number; latencySeconds: number }>();
  const add = (caller: string, callee: string, failed: boolean, durationMs: number) => {
    const key = JSON.stringify([caller, callee]);
    const known = edges.get(key);
    const edge = known ?? { kind: 'call-edge', caller, callee, origin: 'traces', windowSeconds, calls: 0, errors: 0, latencySeconds: 0 };
    edge.latencySeconds = (edge.latencySeconds * edge.calls + durationMs / 1_000) / (edge.calls + 1);
    edge.calls += 1;
    edge.errors += failed ? 1 : 0;
    edges.set(key, edge);
  };
  const answered = new Set<Span>();
  for (const span of spans) {
    const parent = span.parent === null ? undefined : byKey.get(keyOf(span.trace, span.parent));
    if (parent === undefined || parent.service === span.service) continue;
    answered.add(parent);
    add(parent.service, span.service, span.failed || parent.failed, span.durationMs);
  }
  for (const span of spans) {
    if (span.peer !== '' && span.peer !== span.service && !answered.has(span)) add(span.service, span.peer, span.failed, span.durationMs);
  }
  return [...edges.values()].map((edge) => ({ ...edge, latencySeconds: Number(edge.latencySeconds.toPrecision(6)) }));
}

export interface SpanLimits {
  /** A span is slow when it takes this many times the median of its kind before. */
  slowFactor: number;
  /** … and at least this long. */
  slowMs: number;
  maxSpans: number;
}

/** Failed spans, the youngest first, then slow ones, the slowest for their kind first; `left` is how many more there were. */
export function notable(since: readonly Span[], before: readonly Span[], limits: SpanLimits): { facts: SpanFact[]; left: number } {
  const usual = medians(before);
  const failed = since.filter((span) => span.failed).sort((one, other) => other.startMs - one.startMs);
  const slow = since
    .filter((span) => !span.failed)
    .map((span) => ({ span, factor: span.durationMs / Math.max(1, usual.get(kindOf(span)) ?? Number.POSITIVE_INFINITY) }))
    .filter(({ span, factor }) => factor >= limits.slowFactor && span.durationMs >= limits.slowMs)
    .sort((one, other) => other.factor - one.factor);
  const all = [...failed, ...slow.map(({ span }) => span)];
  return { facts: all.slice(0, limits.maxSpans).map(factOf), left: Math.max(0, all.length - limits.maxSpans) };
}

function medians(spans: readonly Span[]): Map<string, number> {
  const kinds = Map.groupBy(spans, kindOf);
  return new Map(
    [...kinds].map(([kind, members]) => {
      const sorted = members.map(({ durationMs }) => durationMs).sort((one, other) => one - other);
      return [kind, sorted[Math.floor((sorted.length - 1) / 2)] ?? 0];
    }),
  );
}

function factOf({ trace, span, parent, service, name, startMs, durationMs, failed }: Span): SpanFact {
  return {
    kind: 'span',
    service,
    trace: cleanText(trace, maxNameLength),
    span: cleanText(span, maxNameLength),
    parent: parent === null ? null : cleanText(parent, maxNameLength),
    name: cleanText(name, maxNameLength),
    start: startMs / 1_000,
    durationMs,
    status: failed ? 'error' : 'ok',
  };
}

function kindOf({ service, name }: Span): string {
  return JSON.stringify([service, name]);
}

function keyOf(trace: string, span: string): string {
  return JSON.stringify([trace, span]);
}
